package dev.graft.runtime.data;

import dev.graft.runtime.random.RandomKey;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * The examples of one optimizer step after the other, epoch after epoch, without end. A batch doesn't cross the end of an
 * epoch, so the last one of an epoch may be smaller. The order depends on seed and epoch only: with a {@link Cursor} a run
 * goes on where it was. Not thread-safe.
 */
public final class Batches {
    private final List<Example> examples;
    private final int batch;
    private final OptionalLong seed;
    private Cursor cursor = Cursor.START;
    private int[] order;

    private Batches(List<Example> examples, int batch, OptionalLong seed) {
        if (examples.isEmpty() || batch < 1) {
            throw new IllegalArgumentException(examples.size() + " examples in batches of " + batch);
        }
        this.examples = List.copyOf(examples);
        this.batch = batch;
        this.seed = seed;
        this.order = order(0);
    }

    /** Every epoch in the order of the file. */
    public static Batches inFileOrder(List<Example> examples, int batch) {
        return new Batches(examples, batch, OptionalLong.empty());
    }

    /** Every epoch in an order of its own. */
    public static Batches shuffled(List<Example> examples, int batch, long seed) {
        return new Batches(examples, batch, OptionalLong.of(seed));
    }

    public long stepsPerEpoch() {
        return (examples.size() + batch - 1L) / batch;
    }

    /** Where the next batch begins. */
    public Cursor cursor() {
        return cursor;
    }

    /** Goes on from here. */
    public void seek(Cursor to) {
        if (to.epoch() < 0 || to.position() < 0 || to.position() >= examples.size()) {
            throw new IllegalArgumentException(to + " in " + examples.size() + " examples");
        }
        cursor = to;
        order = order(to.epoch());
    }

    /** The next batch: up to {@code batch} examples. */
    public List<Example> next() {
        int end = Math.min(examples.size(), cursor.position() + batch);
        List<Example> next = IntStream.range(cursor.position(), end)
                .mapToObj(i -> examples.get(order[i]))
                .toList();
        if (end < examples.size()) {
            cursor = new Cursor(cursor.epoch(), end);
        } else {
            seek(new Cursor(cursor.epoch() + 1, 0));
        }
        return next;
    }

    /**
     * Splits a batch for the forward passes of one step, in order.
     *
     * @param mostExamples of a part
     * @param mostTokens of a part, which may be exceeded by a single example; 0 for any number
     */
    public static List<List<Example>> split(List<Example> batch, int mostExamples, int mostTokens) {
        List<List<Example>> parts = new ArrayList<>();
        List<Example> part = new ArrayList<>();
        int tokens = 0;
        for (Example example : batch) {
            boolean full = part.size() == mostExamples || (mostTokens > 0 && tokens + example.length() > mostTokens);
            if (full && !part.isEmpty()) {
                parts.add(List.copyOf(part));
                part.clear();
                tokens = 0;
            }
            part.add(example);
            tokens += example.length();
        }
        if (!part.isEmpty()) {
            parts.add(List.copyOf(part));
        }
        return parts;
    }

    /** The examples sorted by a random number each. */
    private int[] order(long epoch) {
        IntStream indices = IntStream.range(0, examples.size());
        if (seed.isEmpty()) {
            return indices.toArray();
        }
        RandomKey key = RandomKey.of(seed.getAsLong()).with(epoch);
        return indices.boxed()
                .sorted((a, b) -> {
                    int byNumber = Long.compareUnsigned(key.bits(a), key.bits(b));
                    return byNumber != 0 ? byNumber : Integer.compare(a, b);
                })
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
