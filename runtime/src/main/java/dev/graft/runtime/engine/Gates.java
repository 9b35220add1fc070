package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * How a group of S sites, which share an input, mix their n true experts; fp32.
 *
 * @param weights of the experts, 0 where not selected: [T, S, n]
 * @param share the weight [T, S] with which identity nulls add their site's input; null without identity nulls
 */
public record Gates(NDArray weights, @Nullable NDArray share) {}
