package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * The rotary angles of a forward pass, made once and used by every layer.
 *
 * @param cos fp32 [T, 1, headDim/2]
 * @param sin fp32 [T, 1, headDim/2]
 */
public record Angles(NDArray cos, NDArray sin) implements Positions {
    List<NDArray> tensors() {
        return List.of(cos, sin);
    }
}
