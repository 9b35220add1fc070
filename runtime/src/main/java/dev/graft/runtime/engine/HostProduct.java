package dev.graft.runtime.engine;

import dev.graft.checkpoint.Narrowing;
import dev.graft.checkpoint.Widening;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * A site's second product h b of a single token in Java, for generation on the CPU: what the selected experts add takes it
 * ten microseconds, and the engine five operators, between linear maps that stream the weights through the caches.
 *
 * @param hidden the group's hidden state, gates and scale in it
 * @param first where the site's numbers begin in it
 * @param b the site's second factors, stacked: [rows, o]
 */
record HostProduct(FloatBuffer hidden, int first, FloatBuffer b, int rows) {

    /** Adds it to the base's output y [o], fp32 or bf16, and rounds to that. */
    void addTo(ByteBuffer y) {
        float[] product = product();
        if (y.capacity() == product.length * Float.BYTES) {
            for (int i = 0; i < product.length; i++) {
                y.putFloat(i * Float.BYTES, y.getFloat(i * Float.BYTES) + product[i]);
            }
        } else {
            short[] sums = new short[product.length];
            y.asShortBuffer().get(0, sums);
            for (int i = 0; i < sums.length; i++) {
                sums[i] = Narrowing.bf16(Widening.bf16(sums[i]) + product[i]);
            }
            y.asShortBuffer().put(0, sums);
        }
    }

    private float[] product() {
        float[] sum = new float[b.capacity() / rows];
        float[] row = new float[sum.length];
        for (int i = 0; i < rows; i++) {
            float weight = hidden.get(first + i);
            if (weight != 0) { // most experts are not selected
                b.get(i * row.length, row);
                for (int column = 0; column < row.length; column++) {
                    sum[column] += weight * row[column];
                }
            }
        }
        return sum;
    }
}
