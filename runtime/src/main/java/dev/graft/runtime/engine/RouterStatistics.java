package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;

/**
 * Sums over the rows that a router of S sites saw (tokens; with sentence routing, sequences). E counts true experts, then
 * null ones.
 *
 * @param selected how often each expert was selected: [S, E], without gradient
 * @param probabilities sum of the full softmax probabilities: [S, E], with gradient
 * @param entropy sum of the entropies of the full softmax, in nats: [S], without gradient
 * @param rows number of rows of one site
 * @param sites S
 * @param nulls how many of the experts are null
 */
public record RouterStatistics(
        NDArray selected, NDArray probabilities, NDArray entropy, long rows, int sites, int nulls) {}
