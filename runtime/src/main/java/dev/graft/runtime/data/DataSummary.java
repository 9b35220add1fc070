package dev.graft.runtime.data;

/**
 * What was read.
 *
 * @param examples that are used
 * @param tokens of all of them
 * @param supervised tokens with loss
 * @param truncated examples that were cut at the limit
 * @param skipped examples that were left out: longer than the limit, or cut so that no supervised token was left
 */
public record DataSummary(int examples, long tokens, long supervised, int truncated, int skipped) {
    @Override
    public String toString() {
        return examples + " examples, " + tokens + " tokens, " + supervised + " supervised"
                + (truncated > 0 ? ", " + truncated + " truncated" : "")
                + (skipped > 0 ? ", " + skipped + " skipped" : "");
    }
}
