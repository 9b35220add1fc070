package dev.graft.runtime.train;

import dev.graft.runtime.train.Metrics.Flops;
import dev.graft.runtime.train.Metrics.GroupLoad;
import dev.graft.runtime.train.Metrics.LayerLoad;
import dev.graft.runtime.train.Metrics.StepMetrics;
import dev.graft.runtime.train.Metrics.ValidationMetrics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The curves of a run by the names that TensorBoard shows them under: {@code train/…} and {@code validation/…}, then by
 * layer and routed site {@code load/…}, {@code entropy/…}, {@code share/…} and {@code probability/…}.
 */
final class RunScalars {
    private final Map<String, Double> scalars = new LinkedHashMap<>();

    private RunScalars() {}

    /** @param routing whether every router's decisions are told too */
    static Map<String, Double> of(StepMetrics step, boolean routing) {
        RunScalars all = new RunScalars();
        all.put("train/loss", step.loss());
        all.put("train/balance", step.balance());
        all.put("train/rate", step.rate());
        all.put("train/norm", step.norm());
        all.put("train/tokens_per_s", step.tokensPerSecond());
        all.put("train/load", step.load());
        all.put("train/flops_saved", saved(step.flops()));
        all.loads("load/", step.layers());
        if (routing) {
            step.layers().forEach(all::routers);
        }
        return all.scalars;
    }

    static Map<String, Double> of(ValidationMetrics validation) {
        RunScalars all = new RunScalars();
        all.put("validation/loss", validation.loss());
        all.put("validation/perplexity", validation.perplexity());
        all.put("validation/load", validation.load());
        all.put("validation/flops_saved", saved(validation.flops()));
        all.loads("validation_load/", validation.layers());
        return all.scalars;
    }

    private static @Nullable Double saved(@Nullable Flops flops) {
        return flops == null ? null : flops.saved();
    }

    private void loads(String prefix, List<LayerLoad> layers) {
        layers.forEach(layer -> put(prefix + "layer_" + layer.layer(), layer.load()));
    }

    private void routers(LayerLoad layer) {
        for (GroupLoad group : layer.groups()) {
            for (int site = 0; site < group.load().size(); site++) {
                String name = "/layer_" + layer.layer() + "/" + group.site(site);
                put("entropy" + name, group.entropy().get(site));
                experts("share" + name, group, group.share().get(site));
                experts("probability" + name, group, group.probability().get(site));
            }
        }
    }

    private void experts(String name, GroupLoad group, List<Double> values) {
        for (int i = 0; i < values.size(); i++) {
            put(name + "/" + group.expert(i), values.get(i));
        }
    }

    private void put(String tag, @Nullable Double value) {
        if (value != null) {
            scalars.put(tag, value);
        }
    }
}
