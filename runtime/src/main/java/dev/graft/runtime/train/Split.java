package dev.graft.runtime.train;

import dev.graft.dsl.Training;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.model.Layout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Divides a micro-batch into parts whose passes run at the same time: each example goes to the part with the fewest tokens,
 * the longest example first. The same examples are always divided in the same way.
 *
 * @param parts how many; a micro-batch that would be divided badly stays whole
 */
record Split(int parts) {
    /** With fewer rows a product is over before its weights are read, and every part reads them. */
    private static final int LEAST_TOKENS = 32;

    /** The longest part may be as much longer than the mean as side by side is faster. */
    private static final double MOST_UNEVEN = 1.1;

    /**
     * Examples that pass through a model together.
     *
     * @param numbers of the examples within the step
     */
    record Part(List<Example> examples, List<Long> numbers) {
        Part {
            examples = List.copyOf(examples);
            numbers = List.copyOf(numbers);
        }
    }

    /**
     * How many parts a run's micro-batches can have, however many threads there are: fewer than two examples a part can't be
     * balanced. Where the pretrained tensors are trained it is one, as every part has gradients of its own.
     */
    static int most(Layout layout, Training training) {
        boolean weights = layout.leaves().stream().anyMatch(Layout.Leaf::isWeight);
        return weights ? 1 : Math.max(1, training.microBatch() / 2);
    }

    /**
     * The parts of a micro-batch, or the whole.
     *
     * @param first number of its first example within the step
     */
    List<Part> of(List<Example> examples, long first) {
        List<List<Integer>> chosen = chosen(examples);
        long longest =
                chosen.stream().mapToLong(part -> tokens(examples, part)).max().orElse(0);
        double mean = (double) examples.stream().mapToLong(Example::length).sum() / parts;
        boolean whole = mean < LEAST_TOKENS || longest > MOST_UNEVEN * mean;
        return (whole ? List.of(IntStream.range(0, examples.size()).boxed().toList()) : chosen)
                .stream()
                        .map(part -> new Part(
                                part.stream().map(examples::get).toList(),
                                part.stream().map(i -> first + i).toList()))
                        .toList();
    }

    private List<List<Integer>> chosen(List<Example> examples) {
        List<List<Integer>> chosen = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            chosen.add(new ArrayList<>());
        }
        IntStream.range(0, examples.size())
                .boxed()
                .sorted(Comparator.comparing(i -> -examples.get(i).length()))
                .forEach(i -> chosen.stream()
                        .min(Comparator.comparing(part -> tokens(examples, part)))
                        .orElseThrow()
                        .add(i));
        chosen.forEach(part -> part.sort(Comparator.naturalOrder()));
        return chosen;
    }

    private static long tokens(List<Example> examples, List<Integer> part) {
        return part.stream().mapToLong(i -> examples.get(i).length()).sum();
    }
}
