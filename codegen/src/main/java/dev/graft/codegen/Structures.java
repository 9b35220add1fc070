package dev.graft.codegen;

import dev.graft.dsl.BlockKind;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.SiteGroup;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The different layers and blocks of a plan, in the order of the layers that first have them.
 *
 * @param layers the different layers
 * @param blocks the different blocks of each kind
 */
record Structures(List<LayerStructure> layers, List<BlockStructure> blocks) {

    static Structures of(InjectionPlan plan) {
        int depth = plan.base().shape().layers();
        Map<Integer, BlockStructure> attention = blocks(plan, depth, BlockKind.ATTENTION);
        Map<Integer, BlockStructure> ffn = blocks(plan, depth, BlockKind.FFN);
        Map<List<BlockStructure>, List<Integer>> layers = new LinkedHashMap<>();
        for (int layer = 0; layer < depth; layer++) {
            layers.computeIfAbsent(List.of(attention.get(layer), ffn.get(layer)), key -> new ArrayList<>())
                    .add(layer);
        }
        List<LayerStructure> structures = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        layers.forEach((blocks, indexes) -> {
            BlockStructure first = blocks.get(0);
            BlockStructure second = blocks.get(1);
            List<SiteGroup> groups = new ArrayList<>(first.groups());
            groups.addAll(second.groups());
            String method = name("layer", layers.size() == 1, groups, indexes.get(0), taken);
            structures.add(new LayerStructure(method, List.copyOf(indexes), first, second));
        });
        List<BlockStructure> all = new ArrayList<>();
        all.addAll(distinct(attention.values()));
        all.addAll(distinct(ffn.values()));
        return new Structures(List.copyOf(structures), List.copyOf(all));
    }

    private static Map<Integer, BlockStructure> blocks(InjectionPlan plan, int depth, BlockKind kind) {
        Map<Object, List<Integer>> layersByShape = new LinkedHashMap<>();
        Map<Integer, List<SiteGroup>> groups = new LinkedHashMap<>();
        for (int i = 0; i < depth; i++) {
            int layer = i;
            List<SiteGroup> own = plan.groups().stream()
                    .filter(group ->
                            group.layer() == layer && group.first().key().block() == kind)
                    .toList();
            groups.put(layer, own);
            layersByShape
                    .computeIfAbsent(BlockStructure.shape(own), key -> new ArrayList<>())
                    .add(layer);
        }
        Map<Integer, BlockStructure> byLayer = new LinkedHashMap<>();
        Set<String> taken = new HashSet<>();
        String word = kind.name().toLowerCase(Locale.ROOT);
        for (List<Integer> layers : layersByShape.values()) {
            List<SiteGroup> own = groups.getOrDefault(layers.get(0), List.of());
            BlockStructure structure =
                    new BlockStructure(kind, name(word, layersByShape.size() == 1, own, layers.get(0), taken), own);
            layers.forEach(layer -> byLayer.put(layer, structure));
        }
        return byLayer;
    }

    /** A method's name that no other has: structures that differ only in numbers are told apart by their first layer. */
    private static String name(String word, boolean only, List<SiteGroup> groups, int first, Set<String> taken) {
        String name = word;
        if (!only) {
            name = groups.isEmpty()
                    ? "plain" + Character.toUpperCase(word.charAt(0)) + word.substring(1)
                    : word + "With" + BlockStructure.describe(groups);
        }
        return taken.add(name) ? name : name + "From" + first;
    }

    private static List<BlockStructure> distinct(Collection<BlockStructure> blocks) {
        return blocks.stream().distinct().toList();
    }
}
