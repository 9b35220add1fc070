package dev.graft.runtime.train;

import dev.graft.runtime.model.Layout;
import dev.graft.runtime.model.RoutingLoad;
import dev.graft.runtime.train.Metrics.Flops;
import dev.graft.runtime.train.Metrics.GroupLoad;
import dev.graft.runtime.train.Metrics.LayerLoad;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the metrics say about routers: their loads with the names that sites have in the checkpoint, and what these cost. */
public final class RouterMetrics {
    private static final String ROUTER = ".router";
    /** What follows a group's name in the keys of leaves with routers' rows. */
    private static final Pattern ENDING = Pattern.compile("_router$|_routed_lora_A$");

    private static final double MILLION = 1e6;

    private final Map<Place, List<String>> sites = new HashMap<>();

    private final FlopsCount flops;

    private record Place(int layer, String group) {}

    /** @param flops what a token costs at a load */
    public RouterMetrics(Layout layout, FlopsCount flops) {
        this.flops = flops;
        for (Layout.Leaf leaf : layout.leaves()) {
            String group = ENDING.matcher(leaf.key()).replaceFirst("");
            List<String> modules = leaf.tensors().stream()
                    .map(Layout.Tensor::name)
                    .filter(name -> name.endsWith(ROUTER))
                    .map(name -> name.substring(0, name.length() - ROUTER.length()))
                    .toList();
            if (!modules.isEmpty()) {
                sites.put(new Place(leaf.layer(), group), modules);
            }
        }
    }

    /** Null where nobody counts. */
    @Nullable
    Flops flops(List<LayerLoad> layers) {
        return flops.of(layers);
    }

    /** By layer. */
    public List<LayerLoad> of(RoutingLoad load) {
        return layers(load, DoubleUnaryOperator.identity());
    }

    /** The same to six decimals, for lines that are many. */
    List<LayerLoad> rounded(RoutingLoad load) {
        return layers(load, value -> Math.rint(value * MILLION) / MILLION);
    }

    private List<LayerLoad> layers(RoutingLoad load, DoubleUnaryOperator as) {
        return load.layers().stream()
                .map(layer -> new LayerLoad(
                        layer.layer(),
                        as.applyAsDouble(layer.load()),
                        layer.groups().stream()
                                .map(group -> named(layer.layer(), group, as))
                                .toList()))
                .toList();
    }

    /** The router of a MoE block is no site of the adapters: its group has no names. */
    private GroupLoad named(int layer, RoutingLoad.Group group, DoubleUnaryOperator as) {
        return new GroupLoad(
                group.group(),
                sites.getOrDefault(new Place(layer, group.group()), List.of()),
                group.nulls(),
                each(group.load(), as),
                group.share().stream().map(site -> each(site, as)).toList(),
                group.probability().stream().map(site -> each(site, as)).toList(),
                each(group.entropy(), as));
    }

    private static List<Double> each(List<Double> values, DoubleUnaryOperator as) {
        return values.stream().map(value -> as.applyAsDouble(value)).toList();
    }
}
