package dev.graft.runtime.parity;

import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.runtime.engine.Segment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The padded batch of a golden file as ragged rows: only real tokens are compared. */
final class GoldenBatch {
    private final int[] lengths;
    private final int width;
    private final long[] ids;

    private GoldenBatch(int[] lengths, int width, long[] ids) {
        this.lengths = lengths;
        this.width = width;
        this.ids = ids;
    }

    static GoldenBatch of(SafetensorsFile golden) {
        long[] mask = golden.longs("attention_mask");
        long[] padded = golden.longs("input_ids");
        List<Long> shape = golden.tensor("input_ids").shape();
        int rows = Math.toIntExact(shape.get(0));
        int width = Math.toIntExact(shape.get(1));
        int[] lengths = IntStream.range(0, rows)
                .map(row -> (int)
                        Arrays.stream(mask, row * width, (row + 1) * width).sum())
                .toArray();
        long[] ids = IntStream.range(0, rows * width)
                .filter(i -> mask[i] != 0)
                .mapToLong(i -> padded[i])
                .toArray();
        return new GoldenBatch(lengths, width, ids);
    }

    /** Of the real tokens, row after row. */
    long[] ids() {
        return ids;
    }

    List<Segment> segments() {
        return Arrays.stream(lengths).mapToObj(Segment::of).toList();
    }

    /** The prompt of the greedy continuation: the first row. */
    long[] firstRow() {
        return Arrays.copyOf(ids, lengths[0]);
    }

    /** Places in the ragged batch whose next token is in the batch too. */
    long[] supervised() {
        return places(1, 0);
    }

    /** The next tokens of {@link #supervised}. */
    long[] labels() {
        return Arrays.stream(places(1, 1)).map(place -> ids[(int) place]).toArray();
    }

    private long[] places(int left, int shift) {
        long[] places = new long[ids.length - lengths.length * left];
        int next = 0;
        int start = 0;
        for (int length : lengths) {
            for (int i = 0; i < length - left; i++) {
                places[next++] = (long) start + i + shift;
            }
            start += length;
        }
        return places;
    }

    /** The real tokens' rows of a padded tensor [B, S, columns]. */
    double[] real(double[] padded) {
        int columns = padded.length / (lengths.length * width);
        double[] rows = new double[ids.length * columns];
        int next = 0;
        for (int row = 0; row < lengths.length; row++) {
            int elements = lengths[row] * columns;
            System.arraycopy(padded, row * width * columns, rows, next, elements);
            next += elements;
        }
        return rows;
    }
}
