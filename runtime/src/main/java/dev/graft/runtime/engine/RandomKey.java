package dev.graft.runtime.engine;

/**
 * The key of a stream of random numbers. Number i of a stream depends on the key and i alone, so that a run draws the same
 * numbers wherever and in whatever order it draws them.
 *
 * @param value the seed of a SplitMix64 generator whose i-th output is the stream's number i
 */
public record RandomKey(long value) {
    private static final long GAMMA = 0x9e3779b97f4a7c15L;

    /** The key of a run with this seed. */
    public static RandomKey of(long seed) {
        return new RandomKey(scramble(seed + GAMMA));
    }

    /** The key of one part of what this key stands for: a purpose, a step, a site. */
    public RandomKey fork(long part) {
        return new RandomKey(scramble(value ^ scramble(part + GAMMA)));
    }

    /** Number {@code i} of the stream, i ≥ 0. */
    public long bits(long i) {
        return scramble(value + (i + 1) * GAMMA);
    }

    /** The finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
    private static long scramble(long x) {
        long z = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
