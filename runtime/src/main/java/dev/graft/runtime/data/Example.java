package dev.graft.runtime.data;

import java.util.Arrays;

/**
 * One sequence of the training or validation data.
 *
 * @param source what an encoder reads; empty for a model without one
 * @param ids its tokens; behind an encoder they begin with the decoder's start token
 * @param firstLabel where the supervised tokens begin: {@code ids[firstLabel..]} are predicted, each from the tokens
 *     before it; at least 1, because nothing predicts the first token
 */
@SuppressWarnings("ArrayRecordComponent") // millions of ids; nobody writes to them
public record Example(int[] source, int[] ids, int firstLabel) {
    private static final int[] NO_SOURCE = {};

    public Example {
        if (firstLabel < 1) {
            throw new IllegalArgumentException("firstLabel is " + firstLabel + ", but token 0 has no prediction");
        }
    }

    /** A sequence for a model without an encoder. */
    public Example(int[] ids, int firstLabel) {
        this(NO_SOURCE, ids, firstLabel);
    }

    /**
     * What an encoder reads and a decoder writes.
     *
     * @param start the decoder's start token
     * @param target all of it is predicted
     */
    public static Example of(int[] source, int start, int[] target) {
        int[] ids = new int[target.length + 1];
        ids[0] = start;
        System.arraycopy(target, 0, ids, 1, target.length);
        return new Example(source, ids, 1);
    }

    /** Number of tokens that a model reads of it, in both stacks. */
    public int length() {
        return source.length + read();
    }

    /** How many of {@link #ids} are read: behind an encoder not the last one, which is only predicted. */
    public int read() {
        return source.length == 0 ? ids.length : ids.length - 1;
    }

    /** Number of tokens with loss. */
    public int supervised() {
        return Math.max(0, ids.length - firstLabel);
    }

    /**
     * The tokens before the first supervised one, which sentence routing reads. A decoder behind an encoder has its start
     * token only, whose states know the source by cross-attention; all of the source is the encoder's prompt.
     */
    public int promptLength() {
        return Math.min(firstLabel, read());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Example example
                && firstLabel == example.firstLabel
                && Arrays.equals(ids, example.ids)
                && Arrays.equals(source, example.source);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(source) + Arrays.hashCode(ids)) + firstLabel;
    }

    @Override
    public String toString() {
        String before = source.length == 0 ? "" : Arrays.toString(source) + " to ";
        return "Example" + before + Arrays.toString(ids) + " from " + firstLabel;
    }
}
