package dev.graft.runtime.data;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.nio.file.Path;
import java.util.List;

/** Reads data files with the tokenizer of a checkpoint. */
public final class DataReader {
    private final Tokenizer tokenizer;
    private final int vocabulary;

    /** @param vocabulary rows of the model's embedding: a larger id is refused */
    public DataReader(Tokenizer tokenizer, int vocabulary) {
        this.tokenizer = tokenizer;
        this.vocabulary = vocabulary;
    }

    /**
     * The examples of the files, in file order; of tasks the files are folders.
     *
     * @throws GraftException {@code E_DATA} with all problems of the first file that has any, each with its line;
     *     {@code E_TEMPLATE} where the chat template is missing or wrong
     */
    public Dataset examples(DataSpec spec, List<Path> files, Limits limits) {
        if (files.isEmpty() || limits.length() < 2) {
            throw new GraftException(Issue.error(
                    "E_DATA",
                    files.isEmpty()
                            ? "no data file is named"
                            : "a length of " + limits.length() + " tokens leaves nothing to predict"));
        }
        ExampleCollector collector = new ExampleCollector(limits, vocabulary);
        switch (spec.format()) {
            case TEXT -> new TextSource(tokenizer, spec, limits).read(files, collector);
            case INSTRUCTIONS -> new InstructionSource(tokenizer, spec).read(files, collector);
            case TASKS ->
                new TaskSource(spec.mixture(), InstructionSource.ofPrompts(tokenizer), spec.first())
                        .read(files, collector);
        }
        if (collector.size() == 0) {
            throw new GraftException(Issue.error(
                            "E_DATA",
                            "no example is left: "
                                    + collector.dataset().summary().skipped() + " were left out, because at most "
                                    + limits.words() + " tokens are allowed")
                    .withFix("raise the length"));
        }
        return collector.dataset();
    }

    /**
     * The questions of a file; a prompt is cut at its beginning where the limits ask for truncation.
     *
     * @throws GraftException {@code E_DATA} with all problems of the file, each with its line
     */
    public Questions questions(QuestionSpec spec, Path file, Limits limits) {
        return new ChoiceSource(tokenizer, vocabulary, limits).read(file, spec);
    }

    /**
     * The questions of a file of instructions, to be answered in the model's own words.
     *
     * @param length tokens of a prompt at most; a longer one is cut at its beginning
     * @throws GraftException {@code E_DATA} with all problems of the file, each with its line
     */
    public List<OpenQuestion> openQuestions(QuestionSpec spec, Path file, int length) {
        return new OpenQuestionSource(tokenizer, length).read(file, spec);
    }

    /**
     * A task's questions in the words of one of its templates.
     *
     * @param first how many questions are used, from the start of the file; 0 for all
     * @throws GraftException {@code E_DATA} with all problems of the file, each with its line
     */
    public Questions questions(Task task, TaskTemplate template, int first, Limits limits) {
        return new ChoiceSource(tokenizer, vocabulary, limits).read(task, template, first);
    }
}
