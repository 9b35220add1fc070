package dev.graft.surgery;

import java.util.List;

/**
 * One trainable tensor of the running model: the tensors of all sites that share an input, stacked along the first
 * dimension, so that nothing is concatenated in a step.
 *
 * @param name of the registered parameter, without dots
 * @param kind what it holds
 * @param shape of the whole leaf
 * @param offset of its first element in the flat buffer of all trainable parameters
 * @param pieces the sites' own tensors, in order, or the pretrained tensor itself; each is a contiguous part
 */
public record Leaf(String name, Kind kind, List<Long> shape, long offset, List<Piece> pieces) {
    public Leaf {
        shape = List.copyOf(shape);
        pieces = List.copyOf(pieces);
    }

    public long elements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /** What a leaf holds. */
    public enum Kind {
        /** Router rows [S·(n+m), d]. */
        ROUTER,
        /** [S·n·r, d]. */
        LORA_A,
        /** LoRA's A [S·n·r, d] and below it the rows of the routers, which read the same x: [S·(n+m), d]. */
        ROUTED_LORA_A,
        /** [n·r, o], one site. */
        LORA_B,
        /** [n·r, d], one site. */
        PARALLEL_W1,
        /** [n·r, o], one site. */
        PARALLEL_W2,
        /** [n, o], one site. */
        IA3,
        /** A pretrained tensor, of its own shape. */
        WEIGHT
    }

    /**
     * A site's own tensor inside the leaf.
     *
     * @param tensor its name in the adapter file: {@code <module>.lora_A} and so on
     * @param shape there: lora_A and w1 [n, r, d], lora_B and w2 [n, r, o], router [n+m, d], ia3 [n, o]
     * @param init how it starts
     */
    public record Piece(String tensor, List<Long> shape, Init init) {
        public Piece {
            shape = List.copyOf(shape);
        }

        public long elements() {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }
    }

    /** How a tensor starts. */
    public sealed interface Init {
        /** N(0, deviation²). */
        record Normal(double deviation) implements Init {}

        /** Uniform on ±bound. */
        record Uniform(double bound) implements Init {}

        /** Every element the same. */
        record Fill(double value) implements Init {}

        /** Its value in the checkpoint, which has a tensor of its name. */
        record Pretrained() implements Init {}
    }
}
