package dev.graft.runtime.data;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Questions with answer choices. Prompt and option are tokenized separately, as prompt and answer are in training; behind
 * an encoder both end with eos, and the option's eos is scored with it.
 */
final class ChoiceSource {
    private final Tokenizer tokenizer;
    private final VocabularyCheck vocabulary;
    private final Limits limits;
    private final List<Question> questions = new ArrayList<>();
    private int truncated;
    private int skipped;

    ChoiceSource(Tokenizer tokenizer, int vocabulary, Limits limits) {
        this.tokenizer = tokenizer;
        this.vocabulary = new VocabularyCheck(vocabulary);
        this.limits = limits;
    }

    Questions read(Path path, QuestionSpec spec) {
        Prompter prompter = Prompter.of(spec.prompt(), tokenizer);
        DataFile file = DataFile.read(path);
        Stream<@Nullable ChoiceRecord> records =
                JsonRecords.of(file).stream().map(record -> ChoiceRecord.of(record, spec, prompter, file.problems()));
        return collect(path, file, records, spec.first());
    }

    /** A task's questions in the words of one of its templates. */
    Questions read(Task task, TaskTemplate template, int first) {
        DataFile file = DataFile.read(task.questions());
        Stream<@Nullable ChoiceRecord> records =
                TaskQuestion.read(file).stream().map(question -> template.ask(question, file.problems()));
        return collect(task.questions(), file, records, first);
    }

    private Questions collect(Path path, DataFile file, Stream<@Nullable ChoiceRecord> records, int first) {
        records.filter(Objects::nonNull)
                .limit(first == 0 ? Long.MAX_VALUE : first)
                .forEach(record -> add(record, file.problems()));
        file.problems().throwIfAny();
        if (questions.isEmpty()) {
            throw new GraftException(Issue.error(
                            "E_DATA", path + ": no question is left: all have more than " + limits.words() + " tokens")
                    .withFix("raise the length"));
        }
        return new Questions(questions, truncated, skipped);
    }

    private void add(ChoiceRecord record, DataProblems problems) {
        int[] prompt = tokenizer.encodePrompt(record.prompt(), false);
        List<int[]> options = record.choices().stream()
                .map(choice -> tokenizer.encodePrompt(choice, false))
                .toList();
        int longest = options.stream().mapToInt(option -> option.length).max().orElseThrow();
        if (prompt.length == 0) {
            problems.add(record.line(), "there is no text before the choices", "");
            return;
        }
        int kept = Math.min(prompt.length, limits.sourceBeside(longest));
        if (kept == prompt.length || mayCut(record.line(), prompt.length + longest, kept, problems)) {
            add(record, Arrays.copyOfRange(prompt, prompt.length - kept, prompt.length), options, problems);
        }
    }

    private boolean mayCut(long line, int tokens, int kept, DataProblems problems) {
        switch (limits.tooLong()) {
            case TRUNCATE -> {
                boolean enough = kept >= 1;
                truncated += enough ? 1 : 0;
                skipped += enough ? 0 : 1;
                return enough;
            }
            case SKIP -> skipped++;
            case REFUSE ->
                problems.add(
                        line,
                        "the question has " + tokens + " tokens, more than the limit of " + limits.words(),
                        "raise the length, or have longer questions truncated or skipped");
        }
        return false;
    }

    private void add(ChoiceRecord record, int[] prompt, List<int[]> options, DataProblems problems) {
        List<Question.Option> made = IntStream.range(0, options.size())
                .mapToObj(i -> new Question.Option(record.choices().get(i), example(prompt, options.get(i))))
                .toList();
        if (made.stream().allMatch(option -> vocabulary.allow(record.line(), option.example(), problems))) {
            questions.add(new Question(record.line(), made, record.gold()));
        }
    }

    private Example example(int[] prompt, int[] option) {
        OptionalInt start = tokenizer.special().decoderStart();
        return start.isPresent()
                ? Example.of(prompt, start.getAsInt(), option)
                : new Example(joined(prompt, option), prompt.length);
    }

    private static int[] joined(int[] prompt, int[] option) {
        int[] ids = Arrays.copyOf(prompt, prompt.length + option.length);
        System.arraycopy(option, 0, ids, prompt.length, option.length);
        return ids;
    }
}
