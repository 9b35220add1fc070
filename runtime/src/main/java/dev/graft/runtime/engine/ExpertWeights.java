package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * The pretrained experts of one block, in order and in the run's precision.
 *
 * @param gate each [F, d] (Mixtral's w1)
 * @param up each [F, d] (w3)
 * @param down each [d, F] (w2)
 */
public record ExpertWeights(List<NDArray> gate, List<NDArray> up, List<NDArray> down) {
    public ExpertWeights {
        gate = List.copyOf(gate);
        up = List.copyOf(up);
        down = List.copyOf(down);
        if (gate.isEmpty() || gate.size() != up.size() || gate.size() != down.size()) {
            throw new IllegalArgumentException(
                    gate.size() + " gate, " + up.size() + " up and " + down.size() + " down projections");
        }
    }

    /** n. */
    public int count() {
        return gate.size();
    }
}
