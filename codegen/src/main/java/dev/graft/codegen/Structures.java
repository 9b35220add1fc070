package dev.graft.codegen;

import dev.graft.catalog.ModelShape;
import dev.graft.dsl.BlockKind;
import dev.graft.surgery.HostRouter;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.SiteGroup;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The different layers and blocks of a plan, in the order of the layers that first have them.
 *
 * @param layers the different layers
 * @param blocks the different blocks of each kind
 */
record Structures(List<LayerStructure> layers, List<BlockStructure> blocks) {

    static Structures of(InjectionPlan plan) {
        ModelShape shape = plan.base().shape();
        Map<Integer, BlockStructure> attention = blocks(plan, BlockKind.ATTENTION);
        Map<Integer, BlockStructure> feedForward = new TreeMap<>(blocks(plan, BlockKind.FFN));
        feedForward.putAll(blocks(plan, BlockKind.MOE));
        Map<List<BlockStructure>, List<Integer>> layers = new LinkedHashMap<>();
        for (int layer = 0; layer < shape.layers(); layer++) {
            layers.computeIfAbsent(List.of(attention.get(layer), feedForward.get(layer)), key -> new ArrayList<>())
                    .add(layer);
        }
        List<LayerStructure> structures = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        layers.forEach((blocks, indexes) -> {
            BlockStructure first = blocks.get(0);
            BlockStructure second = blocks.get(1);
            List<SiteGroup> groups = new ArrayList<>(first.groups());
            groups.addAll(second.groups());
            String method = name(word(shape, second.kind()), layers.size() == 1, groups, indexes.get(0), taken);
            structures.add(new LayerStructure(method, List.copyOf(indexes), first, second));
        });
        List<BlockStructure> all = new ArrayList<>();
        all.addAll(distinct(attention.values()));
        all.addAll(distinct(feedForward.values()));
        return new Structures(List.copyOf(structures), List.copyOf(all));
    }

    /** In models that have both kinds of layers, names say which one it is. */
    private static String word(ModelShape shape, BlockKind feedForward) {
        boolean mixed =
                shape.moe().isPresent() && !shape.layersWith(BlockKind.FFN).isEmpty();
        return mixed ? (feedForward == BlockKind.MOE ? "moeLayer" : "denseLayer") : "layer";
    }

    private static Map<Integer, BlockStructure> blocks(InjectionPlan plan, BlockKind kind) {
        Map<Object, List<Integer>> layersByShape = new LinkedHashMap<>();
        Map<Integer, List<SiteGroup>> groups = new LinkedHashMap<>();
        Map<Integer, HostRouter> hosts =
                plan.hosts().stream().collect(Collectors.toMap(HostRouter::layer, Function.identity()));
        for (int layer : plan.base().shape().layersWith(kind)) {
            List<SiteGroup> own = plan.groups().stream()
                    .filter(group ->
                            group.layer() == layer && group.first().key().block() == kind)
                    .toList();
            groups.put(layer, own);
            layersByShape
                    .computeIfAbsent(BlockStructure.shape(own, host(kind, hosts, layer)), key -> new ArrayList<>())
                    .add(layer);
        }
        Map<Integer, BlockStructure> byLayer = new LinkedHashMap<>();
        Set<String> taken = new HashSet<>();
        String word = kind.name().toLowerCase(Locale.ROOT);
        for (List<Integer> layers : layersByShape.values()) {
            int first = layers.get(0);
            List<SiteGroup> own = groups.getOrDefault(first, List.of());
            String method = name(word, layersByShape.size() == 1, own, first, taken);
            BlockStructure structure = new BlockStructure(kind, method, own, host(kind, hosts, first));
            layers.forEach(layer -> byLayer.put(layer, structure));
        }
        return byLayer;
    }

    private static Optional<HostRouter> host(BlockKind kind, Map<Integer, HostRouter> hosts, int layer) {
        return kind == BlockKind.MOE ? Optional.ofNullable(hosts.get(layer)) : Optional.empty();
    }

    /** A method's name that no other has: structures that differ only in numbers are told apart by their first layer. */
    private static String name(String word, boolean only, List<SiteGroup> groups, int first, Set<String> taken) {
        String name = word;
        if (!only) {
            // A mixed model's plain layers are told apart by their kind already.
            boolean said = word.endsWith("Layer");
            name = groups.isEmpty()
                    ? said ? word : "plain" + Character.toUpperCase(word.charAt(0)) + word.substring(1)
                    : word + "With" + BlockStructure.describe(groups);
        }
        return taken.add(name) ? name : name + "From" + first;
    }

    private static List<BlockStructure> distinct(Collection<BlockStructure> blocks) {
        return blocks.stream().distinct().toList();
    }
}
