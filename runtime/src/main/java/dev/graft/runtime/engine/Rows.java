package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * The layout of a ragged batch: T real tokens, one sequence after the other, and no padding anywhere. Lengths stay on the
 * host, so that no operator has to ask the device for them.
 */
public final class Rows {
    private final List<Segment> segments;
    private final NDArray positions;

    private Rows(List<Segment> segments, NDArray positions) {
        this.segments = segments;
        this.positions = positions;
    }

    /** Lays the segments out; the position tensor belongs to the scope of {@code ops}. */
    public static Rows of(Ops ops, List<Segment> segments) {
        long[] positions = segments.stream()
                .flatMapToLong(s -> java.util.stream.LongStream.range(s.past(), (long) s.past() + s.length()))
                .toArray();
        return new Rows(List.copyOf(segments), ops.upload(positions));
    }

    public List<Segment> segments() {
        return segments;
    }

    /** T. */
    public int tokens() {
        return segments.stream().mapToInt(Segment::length).sum();
    }

    /** Each token's position in its sequence: int64 [T]. */
    public NDArray positions() {
        return positions;
    }

    long[] lengths() {
        return each(Segment::length);
    }

    long[] past() {
        return each(Segment::past);
    }

    private long[] each(ToLongFunction<Segment> value) {
        return segments.stream().mapToLong(value).toArray();
    }
}
