package dev.graft.report;

import dev.graft.report.Metrics.Layer;
import dev.graft.report.Metrics.RoutedSite;
import dev.graft.surgery.InjectionPlan;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds in a plan what the metrics measured. */
final class RoutedModules {
    private RoutedModules() {}

    /** The measured loads by module, as {@link InjectionPlan#flops} takes them. */
    static Map<String, Double> loads(InjectionPlan plan, List<Layer> layers) {
        Map<String, Double> loads = new HashMap<>();
        for (Layer layer : layers) {
            for (RoutedSite site : layer.sites()) {
                loads.put(plan.routerModule(layer.layer(), site.module()), site.load());
            }
        }
        return loads;
    }
}
