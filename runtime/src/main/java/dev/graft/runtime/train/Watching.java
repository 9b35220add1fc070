package dev.graft.runtime.train;

/**
 * What a run looks out for; it changes nothing of what is learnt.
 *
 * @param routingEvery steps from one whose line tells every router's shares, probabilities and entropy to the next; 0 for
 *     none
 * @param collapseAfter steps in a row after which a router counts as collapsed; 0 for never
 * @param flops what a token costs at the measured load
 */
public record Watching(int routingEvery, int collapseAfter, FlopsCount flops) {
    /** Every step, 20 steps, and nobody counts. */
    public static final Watching USUAL = new Watching(1, 20, FlopsCount.NONE);

    public Watching {
        if (routingEvery < 0 || collapseAfter < 0) {
            throw new IllegalArgumentException("every " + routingEvery + ", after " + collapseAfter);
        }
    }

    public Watching flops(FlopsCount count) {
        return new Watching(routingEvery, collapseAfter, count);
    }
}
