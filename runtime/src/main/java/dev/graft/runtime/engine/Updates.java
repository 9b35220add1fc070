package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Optimizer;
import java.util.List;

/**
 * What turns a gradient into new values, in place, on flat fp32 buffers of P elements. Each takes a flag {@code bad} on the
 * device: where it is 1, nothing changes, so that nobody has to wait for the device to know.
 */
public final class Updates {
    private final Calls calls;

    Updates(Calls calls) {
        this.calls = calls;
    }

    /**
     * Turns sums into the clipped gradient of the mean, in place.
     *
     * @param gradient [P+1]: summed gradients, then the number of supervised tokens
     * @param losses summed losses of the step's passes
     * @param bound of the global norm; 0 for none
     * @return fp32 [4]: tokens, norm before clipping, 1 where norm or loss is not finite, sum of the losses
     */
    public NDArray finishGradient(NDArray gradient, List<NDArray> losses, double bound) {
        return calls.one("finish_gradient", gradient, losses, bound);
    }

    /**
     * One step of AdamW with decoupled weight decay (Loshchilov and Hutter 2019; torch's fused kernel).
     *
     * @param values [P]
     * @param gradient [P] or longer
     * @param mean first moment [P]
     * @param square second moment [P]
     * @param steps [1], counts the steps taken
     * @param bad [1]
     */
    public void adamW(
            NDArray values,
            NDArray gradient,
            NDArray mean,
            NDArray square,
            NDArray steps,
            NDArray bad,
            double rate,
            Optimizer.AdamW rule) {
        calls.run(
                "adamw",
                List.of(values),
                gradient,
                List.of(mean),
                List.of(square),
                List.of(steps),
                bad,
                rate,
                rule.beta1(),
                rule.beta2(),
                rule.epsilon(),
                rule.weightDecay());
    }

    /** Counts a step, unless it is bad; once before the step's {@link #adafactor} calls. */
    public void advance(NDArray steps, NDArray bad) {
        calls.run("advance", steps, bad);
    }

    /**
     * One step of Adafactor for one tensor, without momentum (Shazeer and Stern 2018, as transformers computes it).
     *
     * @param values [P]
     * @param gradient [P] or longer
     * @param offset of the tensor
     * @param state row means and column means of the squares where they are factored, otherwise the squares
     * @param steps [1], counts this step already
     */
    public void adafactor(
            NDArray values,
            NDArray gradient,
            long offset,
            long[] shape,
            List<NDArray> state,
            NDArray steps,
            NDArray bad,
            double rate,
            Optimizer.Adafactor rule) {
        calls.run("adafactor", values, gradient, offset, shape, state, steps, bad, rate, rule.decay(), rule.clipping());
    }
}
