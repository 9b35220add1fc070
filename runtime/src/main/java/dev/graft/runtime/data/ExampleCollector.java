package dev.graft.runtime.data;

import dev.graft.dsl.Training;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Applies the limits to examples and counts. */
final class ExampleCollector {
    private final Limits limits;
    private final VocabularyCheck vocabulary;
    private final List<Example> examples = new ArrayList<>();
    private final Map<String, List<Example>> parts = new LinkedHashMap<>();
    private int truncated;
    private int skipped;

    /** @param vocabulary rows of the model's embedding */
    ExampleCollector(Limits limits, int vocabulary) {
        this.limits = limits;
        this.vocabulary = new VocabularyCheck(vocabulary);
    }

    /**
     * Adds a prompt and its answer, cut or left out as the limits say.
     *
     * @param firstAnswer where the answer begins
     */
    void add(long line, int[] ids, int firstAnswer, DataProblems problems) {
        boolean answers = limits.supervision() == Training.Supervision.ANSWERS;
        int firstLabel = answers ? Math.max(1, firstAnswer) : 1;
        if (firstLabel >= ids.length) {
            problems.add(line, "the example has no supervised token (tokens: " + ids.length + ")", "");
        } else {
            add(line, new Example(ids, firstLabel), problems);
        }
    }

    /** Adds an example, cut or left out as the limits say. A source that is cut loses its beginning, a target its end. */
    void add(long line, Example example, DataProblems problems) {
        if (!vocabulary.allow(line, example, problems)) {
            return;
        }
        if (limits.allow(example)) {
            examples.add(example);
            return;
        }
        switch (limits.tooLong()) {
            case TRUNCATE -> truncate(example);
            case SKIP -> skipped++;
            case REFUSE ->
                problems.add(
                        line,
                        "the example has " + example.length() + " tokens, more than the limit of " + limits.words(),
                        "raise the length, or have longer examples truncated or skipped");
        }
    }

    /** Adds a window of text, which is as long as the limits say already. */
    void addWindow(Example window, DataProblems problems) {
        if (vocabulary.allow(0, window, problems)) {
            examples.add(window);
        }
    }

    private void truncate(Example whole) {
        Example example = withinTarget(whole);
        int[] source = example.source();
        int left = Math.min(source.length, limits.sourceBeside(example.read()));
        if (source.length == 0 && example.firstLabel() < limits.length()) {
            examples.add(new Example(Arrays.copyOf(example.ids(), limits.length()), example.firstLabel()));
            truncated++;
        } else if (source.length > 0 && left > 0) {
            int[] end = Arrays.copyOfRange(source, source.length - left, source.length);
            examples.add(new Example(end, example.ids(), example.firstLabel()));
            truncated++;
        } else {
            skipped++;
        }
    }

    /** With as much of the target as a limit of its own allows; the token that ends it stays. */
    private Example withinTarget(Example example) {
        int most = limits.target().orElse(Integer.MAX_VALUE);
        if (example.source().length == 0 || example.read() <= most) {
            return example;
        }
        int[] ids = Arrays.copyOf(example.ids(), most + 1); // the start token is not counted
        ids[most] = example.ids()[example.ids().length - 1];
        return new Example(example.source(), ids, example.firstLabel());
    }

    /** The examples since there were this many are of a part. */
    void part(String name, int since) {
        if (examples.size() > since) {
            parts.computeIfAbsent(name, key -> new ArrayList<>()).addAll(examples.subList(since, examples.size()));
        }
    }

    int size() {
        return examples.size();
    }

    /** The examples so far and what became of the others. */
    Dataset dataset() {
        long tokens = examples.stream().mapToLong(Example::length).sum();
        long supervised = examples.stream().mapToLong(Example::supervised).sum();
        List<Dataset.Part> named = parts.entrySet().stream()
                .map(part -> new Dataset.Part(part.getKey(), part.getValue()))
                .toList();
        return new Dataset(examples, named, new DataSummary(examples.size(), tokens, supervised, truncated, skipped));
    }
}
