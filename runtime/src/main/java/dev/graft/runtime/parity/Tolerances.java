package dev.graft.runtime.parity;

/**
 * What a faithful implementation reaches against Hugging Face transformers.
 *
 * @param relative whether states and gradients are measured by relative L2 (bf16) or by the largest difference (fp32)
 * @param states of logits and hidden states
 * @param loss of scalars
 * @param balance of the pretraining's balance loss
 * @param gradients of weights
 */
record Tolerances(boolean relative, double states, double loss, double balance, double gradients) {
    static final Tolerances FP32 = new Tolerances(false, 5e-5, 5e-6, 5e-6, 5e-5);
    static final Tolerances T5 = new Tolerances(false, 1e-4, 5e-6, 5e-6, 5e-5);
    static final Tolerances BF16 = new Tolerances(true, 2.5e-2, 2e-2, 2e-3, 8e-2);

    Difference states(String name, float[] ours, double[] reference) {
        return of(name, ours, reference, states);
    }

    Difference gradient(String name, float[] ours, double[] reference) {
        return of(name, ours, reference, gradients);
    }

    private Difference of(String name, float[] ours, double[] reference, double tolerance) {
        return relative
                ? Difference.relativeL2(name, ours, reference, tolerance)
                : Difference.maxAbs(name, ours, reference, tolerance);
    }
}
