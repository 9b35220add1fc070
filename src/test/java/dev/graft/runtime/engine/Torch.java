package dev.graft.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Merge;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The engine on the CPU, and one scope a test. */
public final class Torch implements AfterEachCallback {
    private final TorchEngine engine = TorchEngine.open(Device.cpu(), 0);
    private ai.djl.ndarray.NDManager scope = engine.scope();

    public TorchEngine engine() {
        return engine;
    }

    /** Without gradients. */
    public Ops ops() {
        return engine.ops(scope);
    }

    /** With gradients. */
    public Ops recording() {
        return engine.recording(scope);
    }

    NDArray upload(double[][] x, ElementType type) {
        return ops().cast(ops().upload(Plain.flat(x), x.length, x[0].length), type);
    }

    NDArray upload(double[][] x) {
        return upload(x, ElementType.FP32);
    }

    /** The numbers of a tensor in rows of this many columns. */
    double[][] rows(NDArray x, int columns) {
        float[] flat = ops().floats(x);
        double[][] rows = new double[flat.length / columns][columns];
        for (int i = 0; i < flat.length; i++) {
            rows[i / columns][i % columns] = flat[i];
        }
        return rows;
    }

    /** What dropout multiplies the input of each of S sites with, as plain LoRA draws it: [T, S·width]. */
    double[][] dropoutMasks(Rows rows, int width, int sites, Dropout dropout) {
        double[][] identities = new double[sites * width][width];
        for (int i = 0; i < identities.length; i++) {
            identities[i][i % width] = 1;
        }
        double[][] ones = Plain.map(new double[rows.tokens()][width], v -> 1);
        LoraHidden kept = ops().mixtures()
                .loraHidden(upload(ones), upload(identities), null, sites, 1, Merge.OUTPUTS, dropout, rows);
        return rows(kept.state(), sites * width);
    }

    /** Every element within {@code tolerance} of the largest expected one. */
    void assertClose(NDArray actual, double[][] expected, double tolerance) {
        assertThat(actual.getShape().getShape()).containsExactly(expected.length, expected[0].length);
        float[] found = ops().floats(actual);
        float[] wanted = Plain.flat(expected);
        double scale = 0;
        for (float value : wanted) {
            scale = Math.max(scale, Math.abs(value));
        }
        double worst = 0;
        for (int i = 0; i < wanted.length; i++) {
            // A NaN must not pass as small.
            double difference = Math.abs(found[i] - wanted[i]);
            worst = difference <= worst ? worst : difference;
        }
        assertThat(worst).as("largest difference, of values up to %s", scale).isLessThanOrEqualTo(tolerance * scale);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        scope.close();
        scope = engine.scope();
    }
}
