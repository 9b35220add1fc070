package dev.graft.runtime.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Instruction records as prompts to be continued; one that is too long loses its beginning. */
final class OpenQuestionSource {
    private final Tokenizer tokenizer;
    private final int length;

    /** @param length tokens of a prompt at most */
    OpenQuestionSource(Tokenizer tokenizer, int length) {
        this.tokenizer = tokenizer;
        this.length = length;
    }

    List<OpenQuestion> read(Path path, QuestionSpec spec) {
        Prompter prompter = Prompter.of(spec.prompt(), tokenizer);
        DataFile file = DataFile.read(path);
        List<OpenQuestion> questions = new ArrayList<>();
        for (JsonRecord record : JsonRecords.of(file)) {
            if (spec.first() > 0 && questions.size() == spec.first()) {
                break;
            }
            String prompt = ChoiceRecord.prompt(record, spec, prompter, file.problems());
            ExpectedAnswer expected = expected(record, spec.fields(), file.problems());
            if (prompt != null && expected != null) {
                questions.add(new OpenQuestion(record.line(), encode(prompt), expected));
            }
        }
        file.problems().throwIfAny();
        return questions;
    }

    private int[] encode(String prompt) {
        int[] ids = tokenizer.encodePrompt(prompt, false);
        return Arrays.copyOfRange(ids, Math.max(0, ids.length - length), ids.length);
    }

    private static @Nullable ExpectedAnswer expected(JsonRecord record, Fields fields, DataProblems problems) {
        String gold = record.text(fields.answer(), problems);
        if (gold == null) {
            return null;
        }
        AnswerFormat format =
                AnswerFormat.of(record.object().path(fields.instruction()).asText());
        if (format != null) {
            return ChoiceRecord.gold(record, format, gold, problems) < 0
                    ? null
                    : new ExpectedAnswer.FirstLabel(format.labels(), gold);
        }
        if (ExpectedAnswer.FirstLetter.LETTER.matcher(gold).matches()) {
            return new ExpectedAnswer.FirstLetter(gold);
        }
        if (ExpectedAnswer.LastNumber.NUMBER.matcher(gold).matches()) {
            return new ExpectedAnswer.LastNumber(Double.parseDouble(gold));
        }
        problems.add(
                record.line(),
                "the answer \"" + gold + "\" is neither a number nor a letter from A to E, and the instruction doesn't"
                        + " end with \"Answer format: a/b/…\"",
                "generated text can be searched for one of these only");
        return null;
    }
}
