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
 * @param layers in order
 * @param first number of the first of them
 */
public record KvCache(List<Layer> layers, int first) {

    public KvCache {
        layers = List.copyOf(layers);
    }

    /** Room for {@code capacity} tokens of each of {@code sequences}, in the scope of {@code ops}. */
    public static KvCache allocate(
            Ops ops, int layers, int sequences, int capacity, int kvHeads, int headDim, ElementType type) {
        return new KvCache(
                IntStream.range(0, layers)
                        .mapToObj(layer -> new Layer(
                                ops.zeros(type, sequences, capacity, kvHeads, headDim),
                                ops.zeros(type, sequences, capacity, kvHeads, headDim),
                                ops.scope()))
                        .toList(),
                0);
    }

    /** The same for layers that are numbered from here on: an encoder's have no entry. */
    public KvCache from(int layer) {
        return new KvCache(layers, layer);
    }

    /** The part of a layer, by its number. */
    public Layer layer(int layer) {
        return layers.get(layer - first);
    }

    /** One layer's part. */
    public static final class Layer {
        private final NDArray keys;
        private final NDArray values;
        private final NDManager scope;
        private final IdentityHashMap<NDArray, Gates> sentences = new IdentityHashMap<>();
        private @Nullable KeysValues memory;

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

        /** What cross-attention reads; null before the encoder's tokens were read. */
        public @Nullable KeysValues memory() {
            return memory;
        }

        /** Keeps the keys and values of the encoder's tokens as long as the cache. */
        public void keepMemory(KeysValues read) {
            read.keys().attach(scope);
            read.values().attach(scope);
            memory = read;
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
