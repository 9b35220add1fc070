package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;

/**
 * What relative positions add to the scores of all sequences, and what hides later keys from causal attention.
 *
 * @param scores fp32 [heads, queries, keys] of the longest sequence; the others have a part of it
 */
public record PositionBias(NDArray scores) implements Positions {}
