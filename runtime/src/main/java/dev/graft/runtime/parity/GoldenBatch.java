package dev.graft.runtime.parity;

import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.runtime.engine.Segment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Padded rows of a golden file as ragged ones: only real tokens are compared. */
final class GoldenBatch {
    private static final long NO_LABEL = -100;

    private final int[] lengths;
    private final int width;
    private final long[] ids;
    private final long[] labelled;
    private final long[] labels;

    private GoldenBatch(int[] lengths, int width, long[] ids, long[] labelled, long[] labels) {
        this.lengths = lengths;
        this.width = width;
        this.ids = ids;
        this.labelled = labelled;
        this.labels = labels;
    }

    /** What a decoder-only model or an encoder reads; its labels are the next tokens. */
    static GoldenBatch of(SafetensorsFile golden) {
        int width = width(golden);
        int[] lengths = lengths(golden.longs("attention_mask"), width, 0);
        long[] ids = real(golden.longs("input_ids"), lengths, width);
        long[] labels = Arrays.stream(places(lengths, 1, 1))
                .map(place -> ids[(int) place])
                .toArray();
        return new GoldenBatch(lengths, width, ids, places(lengths, 1, 0), labels);
    }

    /** What a decoder behind an encoder reads, as far as it has labels, one for each token. */
    static GoldenBatch ofDecoder(SafetensorsFile golden) {
        long[] padded = golden.longs("labels");
        int width = Math.toIntExact(golden.tensor("labels").shape().get(1));
        int[] lengths = lengths(padded, width, NO_LABEL);
        return new GoldenBatch(
                lengths,
                width,
                real(golden.longs("decoder_input_ids"), lengths, width),
                places(lengths, 0, 0),
                real(padded, lengths, width));
    }

    private static int width(SafetensorsFile golden) {
        return Math.toIntExact(golden.tensor("input_ids").shape().get(1));
    }

    /** How many numbers before the padding each row has. */
    private static int[] lengths(long[] padded, int width, long padding) {
        return IntStream.range(0, padded.length / width)
                .map(row -> (int) Arrays.stream(padded, row * width, (row + 1) * width)
                        .filter(number -> number != padding)
                        .count())
                .toArray();
    }

    private static long[] real(long[] padded, int[] lengths, int width) {
        return IntStream.range(0, padded.length)
                .filter(i -> i % width < lengths[i / width])
                .mapToLong(i -> padded[i])
                .toArray();
    }

    /** All places of ragged rows but the last {@code left} of each row, moved by {@code shift}. */
    private static long[] places(int[] lengths, int left, int shift) {
        long[] places = new long[Arrays.stream(lengths).sum() - lengths.length * left];
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

    /** Places in the ragged batch whose states predict the labels. */
    long[] supervised() {
        return labelled;
    }

    /** One for each of {@link #supervised}. */
    long[] labels() {
        return labels;
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
