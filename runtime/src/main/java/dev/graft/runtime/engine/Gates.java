package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * What a router decided for a group of S sites that share an input; all fp32.
 *
 * @param weights of the n true experts, 0 where not selected: [T, S, n]
 * @param share the weight [T, S] with which identity nulls add their site's input; null without identity nulls
 * @param load selected true experts of each token: [T, S]
 * @param statistics what load reports and the balance loss are made of
 * @param logits what the router said before its softmax: [T, S, n+m]; null with sentence routing, and where a pass keeps
 *     no activations
 * @param products the first products [T, S·n·r] of the LoRA experts that they weigh, where those were made together with the
 *     logits; otherwise null
 */
public record Gates(
        NDArray weights,
        @Nullable NDArray share,
        NDArray load,
        RouterStatistics statistics,
        @Nullable NDArray logits,
        @Nullable NDArray products) {

    /** Without products. */
    public Gates(
            NDArray weights,
            @Nullable NDArray share,
            NDArray load,
            RouterStatistics statistics,
            @Nullable NDArray logits) {
        this(weights, share, load, statistics, logits, null);
    }

    Gates with(NDArray firstProducts) {
        return new Gates(weights, share, load, statistics, logits, firstProducts);
    }
}
