package dev.graft.runtime.optim;

import ai.djl.ndarray.NDArray;
import dev.graft.runtime.engine.Ops;

/**
 * What a step's gradient looks like, still on the device.
 *
 * @param numbers fp32 [4]: supervised tokens, norm before clipping, 1 where something is not finite, sum of the losses
 * @param bad fp32 [1]: 1 where the step must not be taken
 */
public record StepGradient(NDArray numbers, NDArray bad) {

    /**
     * The same on the host.
     *
     * @param norm global norm of the gradient of the mean loss, before clipping
     * @param finite whether the step was taken
     * @param loss mean over the supervised tokens
     */
    public record Summary(long supervised, double norm, boolean finite, double loss) {}

    /** Waits for the device. */
    public Summary read(Ops ops) {
        float[] read = ops.floats(numbers);
        return new Summary((long) read[0], read[1], read[2] == 0, (double) read[3] / read[0]);
    }
}
