package dev.graft.dsl;

/** What one expert is. */
public sealed interface Adapter {

    /**
     * Low-rank update (alpha/r) · B A x; A is [r, d], B is [o, r] and starts at 0.
     *
     * @param rank r
     * @param alpha scale numerator
     * @param init how A starts
     * @param dropout on the adapter's input, one mask per site
     */
    record Lora(int rank, double alpha, Init init, double dropout) implements Adapter {

        /** α/r, which the product of the factors is multiplied with. */
        public double scale() {
            return alpha / rank;
        }

        /** How A (and for NEAR_ZERO also B) starts. */
        public enum Init {
            /** A ~ N(0, 0.02²), B = 0 (MoLORA). */
            NORMAL,
            /** A uniform on ±1/√d, B = 0 (LoRA, AdaMoE). */
            KAIMING_UNIFORM,
            /** A ~ N(0, 2/r), B ~ 1e-6 · N(0, 1) (PERFT). */
            NEAR_ZERO
        }
    }

    /** (IA)³: a vector of the output's width, starting at ones, multiplied onto it. */
    record Ia3() implements Adapter {}

    /** Nothing: the pretrained map stays as it is, and only what its router does with it changes. */
    record Unchanged() implements Adapter {}

    /** PERFT's parallel adapter W₂ silu(W₁ x), unscaled; d → r → d. */
    record Parallel(int rank, double dropout) implements Adapter {}
}
