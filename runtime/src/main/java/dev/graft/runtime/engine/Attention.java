package dev.graft.runtime.engine;

/**
 * The shape of an attention block.
 *
 * @param heads query heads
 * @param kvHeads key and value heads; each serves heads/kvHeads query heads
 * @param headDim width of a head
 * @param scale factor of the scores, usually 1/√headDim
 * @param window how many tokens back a token sees, itself included; 0 for all
 * @param causal whether a token sees no later one
 */
public record Attention(int heads, int kvHeads, int headDim, double scale, int window, boolean causal) {

    /** A token sees itself and all before it; scores scaled by 1/√headDim. */
    public static Attention causal(int heads, int kvHeads, int headDim) {
        return new Attention(heads, kvHeads, headDim, 1 / Math.sqrt(headDim), 0, true);
    }

    /** A token sees all of its sequence; scores scaled by 1/√headDim. */
    public static Attention bidirectional(int heads, int kvHeads, int headDim) {
        return new Attention(heads, kvHeads, headDim, 1 / Math.sqrt(headDim), 0, false);
    }

    public Attention window(int tokens) {
        return new Attention(heads, kvHeads, headDim, scale, tokens, causal);
    }

    /** With another factor of the scores; T5 has 1. */
    public Attention scale(double factor) {
        return new Attention(heads, kvHeads, headDim, factor, window, causal);
    }
}
