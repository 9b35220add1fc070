package dev.graft.runtime.train;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Balance;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.Schedule;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.RouterStatistics;
import dev.graft.runtime.model.Routing;
import dev.graft.runtime.model.Side;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The balance losses of a micro-batch's routers, each with its coefficient at the step. Where the micro-batch was divided
 * among several passes, each adds its own probabilities to the one loss: that is linear in them, and what the routers
 * selected, a constant to the gradient, is taken from all passes.
 */
final class BalanceLoss {
    private final long steps;

    /** @param steps of the whole run */
    BalanceLoss(long steps) {
        this.steps = steps;
    }

    /**
     * A pass's summand of the sum over all rules and their pools; null where no router has a balance loss. A micro-batch
     * weighs as much as it has of the step's rows (tokens; with sentence routing, examples), and the whole is multiplied with
     * the step's supervised tokens, by which the sum of all losses is divided in the end.
     *
     * @param own what the routers of the pass decided
     * @param all the same of all passes over the micro-batch, this one among them
     */
    @Nullable
    NDArray of(Ops ops, Routing own, List<Routing> all, Step step) {
        Map<Pool, List<List<RouterStatistics>>> parts = pools(List.of(own));
        Map<Pool, List<List<RouterStatistics>>> wholes = pools(all);
        NDArray total = null;
        for (Map.Entry<Pool, List<List<RouterStatistics>>> part : parts.entrySet()) {
            Pool pool = part.getKey();
            NDArray loss = of(ops, pool, part.getValue(), Objects.requireNonNull(wholes.get(pool)), step);
            total = total == null ? loss : ops.add(total, loss);
        }
        return total;
    }

    /** The statistics of each pool, by layer. */
    private static Map<Pool, List<List<RouterStatistics>>> pools(List<Routing> routings) {
        Map<Pool, Map<Integer, List<RouterStatistics>>> pools = new LinkedHashMap<>();
        for (Routing routing : routings) {
            for (Routing.Entry entry : routing.entries()) {
                entry.router()
                        .balance()
                        .ifPresent(rule -> pools.computeIfAbsent(Pool.of(entry, rule), pool -> new LinkedHashMap<>())
                                .computeIfAbsent(entry.layer(), layer -> new ArrayList<>())
                                .add(entry.decision().statistics()));
            }
        }
        Map<Pool, List<List<RouterStatistics>>> byLayer = new LinkedHashMap<>();
        pools.forEach((pool, layers) -> byLayer.put(pool, List.copyOf(layers.values())));
        return byLayer;
    }

    private NDArray of(
            Ops ops, Pool pool, List<List<RouterStatistics>> part, List<List<RouterStatistics>> whole, Step step) {
        // A layer's groups all see the same rows.
        double rows = whole.get(0).stream().mapToDouble(RouterStatistics::rows).sum()
                / part.get(0).size();
        double share = rows / (pool.sentences() ? step.rows() : step.tokens(pool.side()));
        return ops.mixtures()
                .balanceLoss(
                        part,
                        whole,
                        pool.rule(),
                        share * step.supervised() * coefficient(pool.rule().coefficient(), step));
    }

    /** The schedule's value at a step. */
    double coefficient(Schedule schedule, Step step) {
        if (schedule instanceof Schedule.PerEpoch epochs) {
            List<Double> values = epochs.values();
            return values.get((int) Math.min(step.epoch(), values.size() - 1L));
        } else if (schedule instanceof Schedule.LinearOverRun run) {
            double done = steps > 1 ? (step.index() - 1) / (steps - 1.0) : 0;
            return run.first() + (run.last() - run.first()) * done;
        }
        return ((Schedule.Constant) schedule).value();
    }

    /** Routers with the same rule, which see the same rows: the tokens of one stack, or its sequences. Pretrained ones keep to themselves. */
    private record Pool(Side side, Balance rule, boolean sentences, boolean pretrained) {

        static Pool of(Routing.Entry entry, Balance rule) {
            return new Pool(entry.side(), rule, entry.router().input() == RouterInput.SENTENCE, entry.isPretrained());
        }
    }
}
