package dev.graft.surgery;

/**
 * What a plan costs; exact. FLOPs are those of matrix products with weights, two a multiply-add; attention scores are
 * left out. With an encoder, "per token" is one token of its input and one of the decoder's.
 *
 * @param trainable trainable parameters
 * @param activated trainable parameters that one token uses at the balanced load
 * @param frozen parameters of the base
 * @param weightBytes of the frozen weights in the run's precision
 * @param adapterBytes of the flat fp32 buffer of trainable parameters
 * @param gradientBytes of the flat fp32 gradient
 * @param optimizerBytes of the optimizer's state
 * @param baseFlops of the base per token
 * @param balancedFlops of base and adapters per token at the balanced load
 * @param worstFlops of base and adapters per token at the worst load
 */
public record Budget(
        long trainable,
        long activated,
        long frozen,
        long weightBytes,
        long adapterBytes,
        long gradientBytes,
        long optimizerBytes,
        long baseFlops,
        long balancedFlops,
        long worstFlops) {

    /** Base and adapters together, as PEFT counts. */
    public long all() {
        return trainable + frozen;
    }

    /** Weights, adapters, gradients and optimizer state together; activations come on top. */
    public long bytes() {
        return weightBytes + adapterBytes + gradientBytes + optimizerBytes;
    }

    /** {@code trainable params: … || all params: … || trainable%: …}. */
    public String line() {
        return String.format(
                java.util.Locale.ROOT,
                "trainable params: %,d || all params: %,d || trainable%%: %.4f",
                trainable,
                all(),
                100.0 * trainable / all());
    }
}
