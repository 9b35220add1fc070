package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Keys and values of the tokens that several sequences have seen, one entry a layer; allocated once and filled in place.
 * Sequence i of a pass is row i of every entry.
 *
 * @param layers by layer index
 */
public record KvCache(List<Layer> layers) {

    /**
     * One layer's.
     *
     * @param keys rotated keys [sequences, capacity, kvHeads, headDim]
     * @param values [sequences, capacity, kvHeads, headDim]
     */
    public record Layer(NDArray keys, NDArray values) {
        List<NDArray> tensors() {
            return List.of(keys, values);
        }
    }

    public KvCache {
        layers = List.copyOf(layers);
    }

    /** Room for {@code capacity} tokens of each of {@code sequences}, in the scope of {@code ops}. */
    public static KvCache allocate(
            Ops ops, int layers, int sequences, int capacity, int kvHeads, int headDim, ElementType type) {
        return new KvCache(IntStream.range(0, layers)
                .mapToObj(layer -> new Layer(
                        ops.zeros(type, sequences, capacity, kvHeads, headDim),
                        ops.zeros(type, sequences, capacity, kvHeads, headDim)))
                .toList());
    }
}
