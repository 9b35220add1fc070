package dev.graft.runtime.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.RouterStatistics;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.Routing;
import dev.graft.runtime.model.RoutingLoad;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the passes of one step add up to; stays on the device until it is asked for at the step's end. */
final class Tally implements AutoCloseable {
    private final NDManager scope;
    private final Ops ops;
    private final List<Routing> routings = new ArrayList<>();
    private NDArray loss;
    private @Nullable NDArray balance;

    Tally(TorchEngine engine) {
        this.scope = engine.scope();
        this.ops = engine.ops(scope);
        this.loss = ops.zeros(ElementType.FP32);
    }

    /** Adds a pass's losses, and takes its routers' statistics out of the pass's scope. */
    void add(NDArray passLoss, @Nullable NDArray passBalance, Routing routing) {
        loss = ops.add(loss, passLoss);
        NDArray known = balance;
        if (passBalance != null) {
            balance = known == null
                    ? ops.in(scope).add(passBalance, ops.zeros(ElementType.FP32))
                    : ops.add(known, passBalance);
        }
        for (Routing.Entry entry : routing.entries()) {
            RouterStatistics statistics = entry.decision().statistics();
            statistics.selected().attach(scope);
            statistics.probabilities().attach(scope);
            statistics.entropy().attach(scope);
        }
        routings.add(routing);
    }

    /** Σ of the token losses, still on the device. */
    NDArray loss() {
        return loss;
    }

    /** Σ of {@link BalanceLoss#of} over the passes; null without any. */
    @Nullable
    Double balance() {
        NDArray sum = balance;
        return sum == null ? null : (double) ops.scalar(sum);
    }

    /** What the routers let through; waits for the device, once. */
    RoutingLoad load() {
        RoutingLoad load = new RoutingLoad();
        load.add(ops, routings);
        return load;
    }

    @Override
    public void close() {
        scope.close();
    }
}
