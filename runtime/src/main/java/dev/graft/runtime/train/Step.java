package dev.graft.runtime.train;

import dev.graft.runtime.data.Example;
import java.util.List;

/**
 * One optimizer step.
 *
 * @param index counted from 1
 * @param epoch counted from 0
 * @param rate learning rate
 * @param microBatches the examples of each forward pass
 */
public record Step(int index, int epoch, double rate, List<List<Example>> microBatches) {
    public Step {
        microBatches = List.copyOf(microBatches);
    }
}
