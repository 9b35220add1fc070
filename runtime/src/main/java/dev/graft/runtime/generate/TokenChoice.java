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
     * @throws dev.graft.issue.GraftException {@code E_NONFINITE} where the logits are not numbers
     */
    int choose(float[] logits, int index);

    /** The likeliest token; the lower id of equals. */
    static TokenChoice greedy() {
        return (logits, index) -> Logits.likeliest(logits);
    }
}
