package dev.graft.runtime.random;

/**
 * A source of random numbers without a state: number {@code i} of a key is always the same. Keys are refined by what they
 * are for, as in {@code RandomKey.of(seed).with(epoch)}. The numbers are those of SplitMix64 (Steele, Lea and Flood 2014)
 * started at the key's value.
 *
 * @param value all that tells two keys apart
 */
public record RandomKey(long value) {
    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;
    private static final double TWO_TO_MINUS_53 = 0x1.0p-53;

    public static RandomKey of(long seed) {
        return new RandomKey(seed);
    }

    /** The key of one part of what this key is for, such as one epoch of a run. */
    public RandomKey with(long part) {
        return new RandomKey(mix(bits(0) ^ mix(part + GOLDEN_RATIO)));
    }

    /** The 64 random bits of a counter. */
    public long bits(long counter) {
        return mix(value + (counter + 1) * GOLDEN_RATIO);
    }

    /** The number of a counter, uniform in [0, 1), with 53 random bits. */
    public double uniform(long counter) {
        return (bits(counter) >>> 11) * TWO_TO_MINUS_53;
    }

    private static long mix(long state) {
        long mixed = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
