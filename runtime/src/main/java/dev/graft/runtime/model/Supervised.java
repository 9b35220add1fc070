package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.engine.Ops;
import java.util.ArrayList;
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
        List<Integer> starts = new ArrayList<>();
        int start = 0;
        for (Example example : examples) {
            starts.add(start);
            start += example.read();
        }
        Predictions predictions = Predictions.of(examples, starts);
        return new Supervised(
                ops.upload(predictions.states()), ops.upload(predictions.labels()), predictions.labels().length);
    }
}
