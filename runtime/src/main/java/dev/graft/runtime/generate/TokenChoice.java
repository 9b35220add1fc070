package dev.graft.runtime.generate;

/** Chooses the next token. */
@FunctionalInterface
public interface TokenChoice {

    /**
     * Chooses.
     *
     * @param logits of the whole vocabulary
     * @param index how many tokens were generated before this one
     * @return a token id
     */
    int choose(float[] logits, int index);

    /** The likeliest token; the lower id of equals. */
    static TokenChoice greedy() {
        return (logits, index) -> {
            int best = 0;
            for (int i = 1; i < logits.length; i++) {
                if (logits[i] > logits[best]) {
                    best = i;
                }
            }
            return best;
        };
    }
}
