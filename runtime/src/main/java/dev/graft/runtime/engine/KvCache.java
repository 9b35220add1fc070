package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What generation remembers of several sequences: keys and values of the tokens that they have seen, one entry a layer,
 * allocated once and filled in place. Sequence i of a pass is row i of every entry.
 *
 * @param layers by layer index
 */
public record KvCache(List<Layer> layers) {

    public KvCache {
        layers = List.copyOf(layers);
    }

    /** Room for {@code capacity} tokens of each of {@code sequences}, in the scope of {@code ops}. */
    public static KvCache allocate(
            Ops ops, int layers, int sequences, int capacity, int kvHeads, int headDim, ElementType type) {
        return new KvCache(IntStream.range(0, layers)
                .mapToObj(layer -> new Layer(
                        ops.zeros(type, sequences, capacity, kvHeads, headDim),
                        ops.zeros(type, sequences, capacity, kvHeads, headDim),
                        ops.scope()))
                .toList());
    }

    /** One layer's part. */
    public static final class Layer {
        private final NDArray keys;
        private final NDArray values;
        private final NDManager scope;
        private final IdentityHashMap<NDArray, Gates> sentences = new IdentityHashMap<>();

        private Layer(NDArray keys, NDArray values, NDManager scope) {
            this.keys = keys;
            this.values = values;
            this.scope = scope;
        }

        /** Turned keys [sequences, capacity, kvHeads, headDim]. */
        NDArray keys() {
            return keys;
        }

        /** [sequences, capacity, kvHeads, headDim]. */
        NDArray values() {
            return values;
        }

        NDManager scope() {
            return scope;
        }

        /** What this router decided from the prompts, one row a sequence; null before the prompts were read. */
        @Nullable
        Gates sentenceGates(NDArray router) {
            return sentences.get(router);
        }

        void keepSentenceGates(NDArray router, Gates gates) {
            sentences.put(router, gates);
        }
    }
}
