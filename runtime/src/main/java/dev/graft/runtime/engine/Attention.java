package dev.graft.runtime.engine;

/**
 * The shape of an attention block.
 *
 * @param heads query heads
 * @param kvHeads key and value heads; each serves heads/kvHeads query heads
 * @param scale factor of the scores, usually 1/√headDim
 * @param window how many tokens back a token sees, itself included; 0 for all
 */
public record Attention(int heads, int kvHeads, double scale, int window) {

    /** Full causal attention with scores scaled by 1/√headDim. */
    public static Attention causal(int heads, int kvHeads, int headDim) {
        return new Attention(heads, kvHeads, 1 / Math.sqrt(headDim), 0);
    }

    public Attention window(int tokens) {
        return new Attention(heads, kvHeads, scale, tokens);
    }
}
