package dev.graft.runtime.data;

import java.util.Arrays;

/**
 * One sequence of the training or validation data.
 *
 * @param ids its tokens
 * @param firstLabel where the supervised tokens begin: {@code ids[firstLabel..]} are predicted, each from the tokens
 *     before it; at least 1, because nothing predicts the first token
 */
@SuppressWarnings("ArrayRecordComponent") // millions of ids; nobody writes to them
public record Example(int[] ids, int firstLabel) {
    public Example {
        if (firstLabel < 1) {
            throw new IllegalArgumentException("firstLabel is " + firstLabel + ", but token 0 has no prediction");
        }
    }

    /** Number of tokens. */
    public int length() {
        return ids.length;
    }

    /** Number of tokens with loss. */
    public int supervised() {
        return Math.max(0, ids.length - firstLabel);
    }

    /** The tokens before the first supervised one, which sentence routing reads. */
    public int promptLength() {
        return Math.min(firstLabel, ids.length);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Example example && firstLabel == example.firstLabel && Arrays.equals(ids, example.ids);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(ids) + firstLabel;
    }

    @Override
    public String toString() {
        return "Example" + Arrays.toString(ids) + " from " + firstLabel;
    }
}
