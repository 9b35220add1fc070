package dev.graft.runtime.train;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * An adapter that a run starts from, in place of random numbers.
 *
 * @param values of all trainable tensors, in the order of the flat buffer
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record StartAdapter(float[] values) {

    /** SHA-256 of the values, by which a run and its adapter know what they started from. */
    public String hash() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            ByteBuffer four = ByteBuffer.allocate(Float.BYTES);
            for (float value : values) {
                digest.update(four.clear().putFloat(value).flip());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
