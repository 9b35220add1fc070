package dev.graft.runtime.generate;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;

/** What a model says of the next token. */
final class Logits {
    private Logits() {}

    /**
     * The token with the largest logit; the lower id of equals. Logits of minus infinity are tokens that can't follow.
     *
     * @throws GraftException {@code E_NONFINITE} where a logit is not a number or infinite, or all are minus infinity
     */
    static int likeliest(float[] logits) {
        int best = 0;
        for (int i = 0; i < logits.length; i++) {
            if (Float.isNaN(logits[i]) || logits[i] == Float.POSITIVE_INFINITY) {
                throw notFinite("the logit of token " + i + " is " + logits[i]);
            }
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        if (logits[best] == Float.NEGATIVE_INFINITY) {
            throw notFinite("no token has a finite logit");
        }
        return best;
    }

    private static GraftException notFinite(String problem) {
        return new GraftException(Issue.error("E_NONFINITE", problem)
                .withFix("use --precision fp32; if it stays, base or adapter hold values that are too large"));
    }
}
