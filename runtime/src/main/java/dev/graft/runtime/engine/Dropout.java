package dev.graft.runtime.engine;

import dev.graft.runtime.random.RandomKey;

/**
 * Dropout on an adapter's input: one mask a site, shared by its experts, the same whenever the same key is given.
 *
 * @param rate share of the elements that become 0; the others are scaled by 1/(1-rate)
 * @param key of this step and group of sites
 */
public record Dropout(double rate, RandomKey key) {
    /** Everything is kept. */
    public static final Dropout NONE = new Dropout(0, new RandomKey(0));

    public Dropout {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException("dropout rate " + rate);
        }
    }
}
