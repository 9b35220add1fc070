package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * Everything that the operator {@code mix} says about R rows of S sites.
 *
 * @param weights [R, S, n]
 * @param share of the null experts: [R, S]
 * @param load [R, S]
 * @param selected 1 or 0: [R, S, n+m]
 * @param probabilities [R, S, n+m]
 * @param selectedSum over the rows: [S, n+m]
 * @param probabilitySum over the rows: [S, n+m]
 * @param entropySum of the probabilities, in nats, over the rows: [S]
 */
record Mixed(
        NDArray weights,
        NDArray share,
        NDArray load,
        NDArray selected,
        NDArray probabilities,
        NDArray selectedSum,
        NDArray probabilitySum,
        NDArray entropySum) {

    static Mixed of(List<NDArray> results) {
        return new Mixed(
                results.get(0),
                results.get(1),
                results.get(2),
                results.get(3),
                results.get(4),
                results.get(5),
                results.get(6),
                results.get(7));
    }
}
