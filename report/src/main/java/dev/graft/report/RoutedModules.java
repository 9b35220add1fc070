package dev.graft.report;

import dev.graft.report.Metrics.Layer;
import dev.graft.report.Metrics.RoutedSite;
import dev.graft.surgery.HostRouter;
import dev.graft.surgery.InjectionPlan;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds in a plan what the metrics measured. */
final class RoutedModules {
    /** Stands in the metrics for a MoE block's own router, of which a layer has one. */
    private static final String PRETRAINED = "experts";

    private RoutedModules() {}

    /** The measured loads by module, as {@link InjectionPlan#flops} takes them. */
    static Map<String, Double> loads(InjectionPlan plan, List<Layer> layers) {
        Map<Integer, String> routers = new HashMap<>();
        for (HostRouter host : plan.hosts()) {
            routers.put(host.layer(), host.module());
        }
        Map<String, Double> loads = new HashMap<>();
        for (Layer layer : layers) {
            for (RoutedSite site : layer.sites()) {
                boolean pretrained = site.module().equals(PRETRAINED) && routers.containsKey(layer.layer());
                loads.put(pretrained ? routers.get(layer.layer()) : site.module(), site.load());
            }
        }
        return loads;
    }
}
