package dev.graft.codegen;

import dev.graft.dsl.Adapter;
import dev.graft.dsl.Role;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Site;
import dev.graft.surgery.SiteGroup;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Layers that carry the same experts at the same roles: they share their methods in the generated file.
 *
 * @param name of the method: "layer" when there is one structure only; otherwise how it differs, such as {@code layerWithMixtureOnQkv}
 * @param layers that have it, ascending
 * @param groups of the first of them; those of the others differ in the layer's index alone
 */
record LayerStructure(String name, List<Integer> layers, List<SiteGroup> groups) {

    /** The structures of a plan, in the order of their first layers. */
    static List<LayerStructure> of(InjectionPlan plan) {
        Map<List<Object>, List<Integer>> layersByShape = new LinkedHashMap<>();
        Map<Integer, List<SiteGroup>> groups = plan.groups().stream().collect(Collectors.groupingBy(SiteGroup::layer));
        for (int layer = 0; layer < plan.base().shape().layers(); layer++) {
            List<Object> shape = groups.getOrDefault(layer, List.of()).stream()
                    .map(LayerStructure::shape)
                    .toList();
            layersByShape.computeIfAbsent(shape, s -> new ArrayList<>()).add(layer);
        }
        Collection<List<Integer>> all = layersByShape.values();
        Set<String> taken = new HashSet<>();
        List<LayerStructure> structures = new ArrayList<>();
        for (List<Integer> layers : all) {
            List<SiteGroup> own = groups.getOrDefault(layers.get(0), List.of());
            String name = all.size() == 1 ? "layer" : describe(own);
            structures.add(new LayerStructure(
                    taken.add(name) ? name : name + "From" + layers.get(0), List.copyOf(layers), List.copyOf(own)));
        }
        return structures;
    }

    /** What the structure's methods add to their names: empty, or {@code OfLayerWithMixtureOnQkv}. */
    String suffix() {
        return name.equals("layer") ? "" : "Of" + Character.toUpperCase(name.charAt(0)) + name.substring(1);
    }

    Optional<SiteGroup> groupOf(Role role) {
        return groups.stream()
                .filter(group ->
                        group.sites().stream().anyMatch(site -> site.key().role() == role))
                .findFirst();
    }

    boolean contiguous() {
        return layers.get(layers.size() - 1) - layers.get(0) == layers.size() - 1;
    }

    /** The layers in words: {@code layers 0 to 5}. */
    String span() {
        if (layers.size() == 1) {
            return "layer " + layers.get(0);
        }
        return contiguous()
                ? "layers " + layers.get(0) + " to " + layers.get(layers.size() - 1)
                : "layers " + layers.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private static Object shape(SiteGroup group) {
        return List.of(
                group.name(),
                group.sites().stream()
                        .map(site -> List.of(site.key().role(), site.experts(), site.router()))
                        .toList());
    }

    private static String describe(List<SiteGroup> groups) {
        if (groups.isEmpty()) {
            return "plainLayer";
        }
        Map<String, List<String>> rolesByKind = new LinkedHashMap<>();
        groups.stream()
                .flatMap(group -> group.sites().stream())
                .forEach(site -> rolesByKind
                        .computeIfAbsent(kind(site), k -> new ArrayList<>())
                        .add(site.key().role().name()));
        return "layerWith"
                + rolesByKind.entrySet().stream()
                        .map(entry -> entry.getKey() + "On" + camel(entry.getValue()))
                        .collect(Collectors.joining("And"));
    }

    private static String kind(Site site) {
        if (site.experts().count() > 1) {
            return "Mixture";
        }
        return site.experts().adapter() instanceof Adapter.Ia3 ? "Ia3" : "Lora";
    }

    private static String camel(List<String> roles) {
        Set<String> attention = Set.of("Q", "K", "V", "O");
        if (roles.size() == 7) {
            return "AllProjections";
        }
        String letters = roles.stream().filter(attention::contains).collect(Collectors.joining());
        String words = roles.stream()
                .filter(role -> !attention.contains(role))
                .map(role -> role.charAt(0) + role.substring(1).toLowerCase(java.util.Locale.ROOT))
                .collect(Collectors.joining());
        return (letters.isEmpty()
                        ? ""
                        : letters.charAt(0) + letters.substring(1).toLowerCase(java.util.Locale.ROOT))
                + words;
    }

    /** The test that a variable {@code layer} is one of these. */
    String test() {
        if (contiguous()) {
            return layers.size() == 1
                    ? "layer == " + layers.get(0)
                    : "layer >= " + layers.get(0) + " && layer <= " + layers.get(layers.size() - 1);
        }
        int step = layers.get(1) - layers.get(0);
        boolean regular = IntStream.range(1, layers.size()).allMatch(i -> layers.get(i) - layers.get(i - 1) == step);
        if (regular && layers.size() > 2) {
            return "layer >= " + layers.get(0) + " && layer <= " + layers.get(layers.size() - 1) + " && (layer - "
                    + layers.get(0) + ") % " + step + " == 0";
        }
        return layers.stream().map(layer -> "layer == " + layer).collect(Collectors.joining(" || "));
    }
}
