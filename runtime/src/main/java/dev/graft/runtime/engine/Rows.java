package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;

/**
 * The layout of a ragged batch: T real tokens, one sequence after the other, and no padding anywhere. Lengths stay on the
 * host, so that no operator has to ask the device for them.
 */
public final class Rows {
    private final List<Segment> segments;
    private final NDArray positions;

    private final NDArray examples;

    private Rows(List<Segment> segments, NDArray positions, NDArray examples) {
        this.segments = segments;
        this.positions = positions;
        this.examples = examples;
    }

    /** Lays the segments out; the tensors belong to the scope of {@code ops}. */
    public static Rows of(Ops ops, List<Segment> segments) {
        long[] positions = segments.stream()
                .flatMapToLong(s -> LongStream.range(s.past(), (long) s.past() + s.length()))
                .toArray();
        long[] examples = segments.stream()
                .flatMapToLong(s -> LongStream.range(0, s.length()).map(i -> s.example()))
                .toArray();
        return new Rows(List.copyOf(segments), ops.upload(positions), ops.upload(examples));
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

    /** The example that each token belongs to: int64 [T]. */
    NDArray examples() {
        return examples;
    }

    long[] prompts() {
        return each(Segment::prompt);
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
