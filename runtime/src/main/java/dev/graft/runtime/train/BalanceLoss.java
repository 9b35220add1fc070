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
import org.jspecify.annotations.Nullable;

/** The balance losses of a pass's routers, each with its coefficient at the step. */
final class BalanceLoss {
    private final long steps;

    /** @param steps of the whole run */
    BalanceLoss(long steps) {
        this.steps = steps;
    }

    /**
     * The sum over all rules and their pools; null where no router has a balance loss. A pass weighs as much as it has of
     * the step's rows (tokens; with sentence routing, examples), and the whole is multiplied with the step's supervised
     * tokens, by which the sum of all losses is divided in the end.
     */
    @Nullable
    NDArray of(Ops ops, Routing routing, Step step) {
        Map<Pool, Map<Integer, List<RouterStatistics>>> pools = new LinkedHashMap<>();
        for (Routing.Entry entry : routing.entries()) {
            entry.router()
                    .balance()
                    .ifPresent(rule -> pools.computeIfAbsent(
                                    new Pool(
                                            entry.side(),
                                            rule,
                                            entry.router().input() == RouterInput.SENTENCE,
                                            entry.isPretrained()),
                                    pool -> new LinkedHashMap<>())
                            .computeIfAbsent(entry.layer(), layer -> new ArrayList<>())
                            .add(entry.gates().statistics()));
        }
        NDArray total = null;
        for (Map.Entry<Pool, Map<Integer, List<RouterStatistics>>> pool : pools.entrySet()) {
            NDArray loss = of(ops, pool.getKey(), List.copyOf(pool.getValue().values()), step);
            total = total == null ? loss : ops.add(total, loss);
        }
        return total;
    }

    private NDArray of(Ops ops, Pool pool, List<List<RouterStatistics>> layers, Step step) {
        double share =
                layers.get(0).get(0).rows() / (double) (pool.sentences() ? step.rows() : step.tokens(pool.side()));
        return ops.mixtures()
                .balanceLoss(
                        layers,
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
    private record Pool(Side side, Balance rule, boolean sentences, boolean pretrained) {}
}
