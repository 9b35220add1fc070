package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.engine.Ops;
import java.util.List;

/**
 * Which tokens of a pass carry loss.
 *
 * @param states places of the tokens whose hidden states predict them: int64 [N]
 * @param labels the tokens themselves: int64 [N]
 * @param count N, known without asking the device
 */
public record Supervised(NDArray states, NDArray labels, int count) {

    /** The supervised tokens of examples that lie one after the other. */
    static Supervised of(Ops ops, List<Example> examples) {
        int count = examples.stream().mapToInt(Example::supervised).sum();
        long[] states = new long[count];
        long[] labels = new long[count];
        int next = 0;
        int start = 0;
        for (Example example : examples) {
            for (int i = example.firstLabel(); i < example.ids().length; i++) {
                states[next] = (long) start + i - 1;
                labels[next++] = example.ids()[i];
            }
            start += example.read();
        }
        return new Supervised(ops.upload(states), ops.upload(labels), count);
    }
}
