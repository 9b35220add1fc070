package dev.graft.runtime.data;

import dev.graft.dsl.Training;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Applies the limits to examples and counts. */
final class ExampleCollector {
    private final Limits limits;
    private final VocabularyCheck vocabulary;
    private final List<Example> examples = new ArrayList<>();
    private int truncated;
    private int skipped;

    /** @param vocabulary rows of the model's embedding */
    ExampleCollector(Limits limits, int vocabulary) {
        this.limits = limits;
        this.vocabulary = new VocabularyCheck(vocabulary);
    }

    /**
     * Adds an example, cut or left out as the limits say.
     *
     * @param firstAnswer where the answer begins
     */
    void add(long line, int[] ids, int firstAnswer, DataProblems problems) {
        boolean answers = limits.supervision() == Training.Supervision.ANSWERS;
        int firstLabel = answers ? Math.max(1, firstAnswer) : 1;
        if (firstLabel >= ids.length) {
            problems.add(line, "the example has no supervised token (tokens: " + ids.length + ")", "");
        } else if (vocabulary.allow(line, ids, problems)) {
            addWithinLimit(line, ids, firstLabel, problems);
        }
    }

    private void addWithinLimit(long line, int[] ids, int firstLabel, DataProblems problems) {
        if (ids.length <= limits.length()) {
            examples.add(new Example(ids, firstLabel));
            return;
        }
        switch (limits.tooLong()) {
            case TRUNCATE -> truncate(ids, firstLabel);
            case SKIP -> skipped++;
            case REFUSE ->
                problems.add(
                        line,
                        "the example has " + ids.length + " tokens, more than the limit of " + limits.length(),
                        "raise the length, or have longer examples truncated or skipped");
        }
    }

    private void truncate(int[] ids, int firstLabel) {
        if (firstLabel < limits.length()) {
            examples.add(new Example(Arrays.copyOf(ids, limits.length()), firstLabel));
            truncated++;
        } else {
            skipped++;
        }
    }

    int size() {
        return examples.size();
    }

    /** The examples so far and what became of the others. */
    Dataset dataset() {
        long tokens = examples.stream().mapToLong(Example::length).sum();
        long supervised = examples.stream().mapToLong(Example::supervised).sum();
        return new Dataset(examples, new DataSummary(examples.size(), tokens, supervised, truncated, skipped));
    }
}
