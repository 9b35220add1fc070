package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;

/**
 * T5's relative position bias (HF {@code T5Attention.compute_bias}).
 *
 * @param table what each bucket adds: [buckets, heads]
 * @param maxDistance from which on all distances share the last bucket
 */
public record RelativeBias(NDArray table, int maxDistance) {}
