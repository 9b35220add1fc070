package dev.graft.runtime.train;

import dev.graft.checkpoint.Fingerprint;
import java.nio.ByteBuffer;

/**
 * An adapter that a run starts from, in place of random numbers.
 *
 * @param values of all trainable tensors, in the order of the flat buffer
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record StartAdapter(float[] values) {

    /** SHA-256 of the values, by which a run and its adapter know what they started from. */
    public String hash() {
        Fingerprint print = new Fingerprint();
        ByteBuffer four = ByteBuffer.allocate(Float.BYTES);
        for (float value : values) {
            print.add(four.clear().putFloat(value).flip());
        }
        return print.hex();
    }
}
