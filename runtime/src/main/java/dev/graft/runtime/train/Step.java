package dev.graft.runtime.train;

import dev.graft.runtime.data.Example;
import dev.graft.runtime.model.Side;
import java.util.List;

/**
 * One optimizer step.
 *
 * @param index from 1
 * @param epoch passes over the data that were complete before it
 * @param rate the learning rate
 * @param microBatches the examples of each forward pass
 */
public record Step(long index, long epoch, double rate, List<List<Example>> microBatches) {
    public Step {
        microBatches = List.copyOf(microBatches);
    }

    /** Examples of all its passes. */
    public int rows() {
        return microBatches.stream().mapToInt(List::size).sum();
    }

    /** Tokens that its passes read. */
    public long tokens() {
        return examples().mapToLong(Example::length).sum();
    }

    /** Those of one stack of layers. */
    public long tokens(Side side) {
        return examples()
                .mapToLong(example -> side == Side.ENCODER ? example.source().length : example.read())
                .sum();
    }

    /** Tokens with loss of all its passes. */
    public long supervised() {
        return examples().mapToLong(Example::supervised).sum();
    }

    /** The number within the step of a pass's first example. */
    long firstRow(List<Example> examples) {
        long first = 0;
        for (List<Example> earlier : microBatches) {
            if (earlier == examples) {
                return first;
            }
            first += earlier.size();
        }
        throw new IllegalArgumentException("these examples are not a pass of step " + index);
    }

    private java.util.stream.Stream<Example> examples() {
        return microBatches.stream().flatMap(List::stream);
    }
}
