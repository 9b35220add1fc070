package dev.graft.runtime.model;

import dev.graft.runtime.data.Example;
import java.util.List;

/**
 * Which tokens of examples are predicted, and from where.
 *
 * @param states places of the tokens whose hidden states predict them [N]
 * @param labels the tokens themselves [N]
 */
@SuppressWarnings("ArrayRecordComponent") // goes to the engine as it is
public record Predictions(long[] states, long[] labels) {

    /**
     * The supervised tokens of examples, in order.
     *
     * @param starts where each example begins among the tokens of a pass; examples may share places
     */
    public static Predictions of(List<Example> examples, List<Integer> starts) {
        int count = examples.stream().mapToInt(Example::supervised).sum();
        long[] states = new long[count];
        long[] labels = new long[count];
        int next = 0;
        for (int e = 0; e < examples.size(); e++) {
            Example example = examples.get(e);
            for (int i = example.firstLabel(); i < example.ids().length; i++) {
                states[next] = (long) starts.get(e) + i - 1;
                labels[next++] = example.ids()[i];
            }
        }
        return new Predictions(states, labels);
    }
}
