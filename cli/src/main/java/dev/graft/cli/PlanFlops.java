package dev.graft.cli;

import dev.graft.runtime.train.FlopsCount;
import dev.graft.runtime.train.Metrics.Flops;
import dev.graft.runtime.train.Metrics.GroupLoad;
import dev.graft.runtime.train.Metrics.LayerLoad;
import dev.graft.surgery.InjectionPlan;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts the products of a plan at the loads that its run measures. */
final class PlanFlops implements FlopsCount {
    private final InjectionPlan plan;
    private final boolean varies;
    private final long full;

    PlanFlops(InjectionPlan plan) {
        this.plan = plan;
        this.varies = plan.loadVaries();
        this.full = plan.fullFlops();
    }

    @Override
    public @Nullable Flops of(List<LayerLoad> layers) {
        if (!varies) {
            return null;
        }
        Map<String, Double> loads = new HashMap<>();
        for (LayerLoad layer : layers) {
            for (GroupLoad group : layer.groups()) {
                for (int site = 0; site < group.load().size(); site++) {
                    loads.put(
                            plan.routerModule(layer.layer(), group.site(site)),
                            group.load().get(site));
                }
            }
        }
        long measured = plan.flops(loads);
        return new Flops(measured, 1 - (double) measured / full);
    }
}
