package dev.graft.runtime.data;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One instruction record.
 *
 * @param line where it begins in its file
 * @param text what is asked
 * @param input what it is asked about; empty if there is none
 * @param output the text to learn
 */
record Instruction(long line, String text, String input, String output) {

    /** The instructions of a file; records without the needed texts are noted and left out. */
    static List<Instruction> read(DataFile file, Fields fields) {
        return JsonRecords.of(file).stream()
                .map(record -> of(record, fields, file.problems()))
                .filter(Objects::nonNull)
                .toList();
    }

    /** The questions of a file, each alone with the text of its right answer to learn. */
    static List<Instruction> cloze(DataFile file, Fields fields, Prompter prompter) {
        QuestionSpec spec = QuestionSpec.usual().fields(fields).form(QuestionSpec.Form.CLOZE);
        return JsonRecords.of(file).stream()
                .map(record -> ChoiceRecord.of(record, spec, prompter, file.problems()))
                .filter(Objects::nonNull)
                .map(question -> new Instruction(
                        question.line(),
                        question.prompt(),
                        "",
                        question.choices().get(question.gold())))
                .toList();
    }

    private static @Nullable Instruction of(JsonRecord record, Fields fields, DataProblems problems) {
        String text = record.text(fields.instruction(), problems);
        String input = record.optionalText(fields.input(), problems);
        String output = record.text(fields.output(), problems);
        return text == null || input == null || output == null
                ? null
                : new Instruction(record.line(), text, input, output);
    }
}
