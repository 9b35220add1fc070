package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * What a router decided for a group of S sites, and what reports and the balance loss need of it; all fp32.
 *
 * @param gates what the experts need
 * @param load selected true experts of each token: [T, S]
 * @param statistics what load reports and the balance loss are made of
 * @param logits what the router said before its softmax: [T, S, n+m]; null with sentence routing, and where a pass keeps
 *     no activations
 */
public record RouterDecision(
        Gates gates,
        NDArray load,
        RouterStatistics statistics,
        @Nullable NDArray logits) {}
