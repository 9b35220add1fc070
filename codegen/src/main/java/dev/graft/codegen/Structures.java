package dev.graft.codegen;

import dev.graft.catalog.Architecture;
import dev.graft.catalog.ModelShape;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Stack;
import dev.graft.surgery.HostRouter;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.SiteGroup;
import dev.graft.surgery.SiteKey;
import java.util.ArrayList;
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

    static Structures of(InjectionPlan plan, Architecture architecture) {
        ModelShape shape = plan.base().shape();
        List<LayerStructure> structures = new ArrayList<>();
        List<BlockStructure> all = new ArrayList<>();
        for (Stack stack : architecture.stacks()) {
            Map<Integer, List<BlockStructure>> byLayer = new TreeMap<>();
            for (BlockKind kind : architecture.blocks(stack).keySet()) {
                Map<Integer, BlockStructure> blocks = blocks(plan, stack, kind);
                blocks.forEach((layer, block) ->
                        byLayer.computeIfAbsent(layer, key -> new ArrayList<>()).add(block));
                blocks.values().stream().distinct().forEach(all::add);
            }
            structures.addAll(layers(byLayer, shape, stack));
        }
        return new Structures(List.copyOf(structures), List.copyOf(all));
    }

    private static List<LayerStructure> layers(
            Map<Integer, List<BlockStructure>> byLayer, ModelShape shape, Stack stack) {
        Map<List<BlockStructure>, List<Integer>> layers = new LinkedHashMap<>();
        byLayer.forEach((layer, blocks) ->
                layers.computeIfAbsent(blocks, key -> new ArrayList<>()).add(shape.number(stack, layer)));
        List<LayerStructure> structures = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        layers.forEach((blocks, numbers) -> {
            List<SiteGroup> groups =
                    blocks.stream().flatMap(block -> block.groups().stream()).toList();
            BlockKind last = blocks.get(blocks.size() - 1).kind();
            String method = name(layerWord(shape, stack, last), layers.size() == 1, groups, numbers.get(0), taken);
            structures.add(new LayerStructure(method, stack, List.copyOf(numbers), blocks));
        });
        return structures;
    }

    /** In models that have several kinds of layers, names say which one it is. */
    private static String layerWord(ModelShape shape, Stack stack, BlockKind feedForward) {
        if (shape.encoder().isPresent()) {
            return stack == Stack.ENCODER ? "encoderLayer" : "decoderLayer";
        }
        boolean mixed = shape.moe().isPresent()
                && !shape.layersWith(stack, BlockKind.FFN).isEmpty();
        return mixed ? (feedForward == BlockKind.MOE ? "moeLayer" : "denseLayer") : "layer";
    }

    private static String blockWord(ModelShape shape, Stack stack, BlockKind kind) {
        String word =
                kind == BlockKind.CROSS_ATTENTION ? kind.word() : kind.name().toLowerCase(Locale.ROOT);
        if (shape.encoder().isEmpty() || kind == BlockKind.CROSS_ATTENTION) {
            return word;
        }
        return stack.name().toLowerCase(Locale.ROOT) + Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }

    private static Map<Integer, BlockStructure> blocks(InjectionPlan plan, Stack stack, BlockKind kind) {
        ModelShape shape = plan.base().shape();
        Map<Object, List<Integer>> layersByShape = new LinkedHashMap<>();
        Map<Integer, List<SiteGroup>> groups = new LinkedHashMap<>();
        Map<Integer, HostRouter> hosts =
                plan.hosts().stream().collect(Collectors.toMap(HostRouter::layer, Function.identity()));
        for (int layer : shape.layersWith(stack, kind)) {
            List<SiteGroup> own = plan.groups().stream()
                    .filter(group -> {
                        SiteKey key = group.first().key();
                        return key.stack() == stack && key.layer() == layer && key.block() == kind;
                    })
                    .toList();
            groups.put(layer, own);
            layersByShape
                    .computeIfAbsent(BlockStructure.shape(own, host(kind, hosts, layer)), key -> new ArrayList<>())
                    .add(layer);
        }
        Map<Integer, BlockStructure> byLayer = new LinkedHashMap<>();
        Set<String> taken = new HashSet<>();
        for (List<Integer> layers : layersByShape.values()) {
            int first = layers.get(0);
            List<SiteGroup> own = groups.getOrDefault(first, List.of());
            String method = name(blockWord(shape, stack, kind), layersByShape.size() == 1, own, first, taken);
            BlockStructure structure = new BlockStructure(stack, kind, method, own, host(kind, hosts, first));
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
}
