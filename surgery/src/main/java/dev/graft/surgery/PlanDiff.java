package dev.graft.surgery;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.errorprone.annotations.CheckReturnValue;
import dev.graft.catalog.LayerIndexes;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import dev.graft.dsl.Stack;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * How two plans differ, in words; where the specs' sources ask for it does not count.
 *
 * @param lines one a difference: {@code -} only in the first plan, {@code +} only in the second, {@code ~} changed
 */
@CheckReturnValue
public record PlanDiff(List<String> lines) {
    public PlanDiff {
        lines = List.copyOf(lines);
    }

    /** The way from {@code first} to {@code second}; the same change in many layers is one line. */
    public static PlanDiff between(InjectionPlan first, InjectionPlan second) {
        List<String> lines = new ArrayList<>();
        fields(
                "surgery",
                JsonText.tree(first.surgery().name()),
                JsonText.tree(second.surgery().name()),
                lines);
        fields("base", JsonText.tree(first.base()), JsonText.tree(second.base()), lines);
        lines.addAll(parts(facts(first), facts(second)));
        fields(
                "training",
                JsonText.tree(first.surgery().training()),
                JsonText.tree(second.surgery().training()),
                lines);
        fields("budget", JsonText.tree(first.budget()), JsonText.tree(second.budget()), lines);
        return new PlanDiff(lines);
    }

    public boolean isEmpty() {
        return lines.isEmpty();
    }

    @Override
    public String toString() {
        return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    /** Two trees of one type, field by field. */
    private static void fields(String path, JsonNode first, JsonNode second, List<String> lines) {
        if (first.isObject() && second.isObject()) {
            Set<String> names = new TreeSet<>();
            first.fieldNames().forEachRemaining(names::add);
            second.fieldNames().forEachRemaining(names::add);
            names.forEach(name -> fields(path + "." + name, first.path(name), second.path(name), lines));
        } else if (!first.equals(second)) {
            lines.add("~ " + path + ": " + text(first) + " -> " + text(second));
        }
    }

    private static String text(JsonNode node) {
        return node.isMissingNode() ? "absent" : node.isTextual() ? node.textValue() : node.toString();
    }

    /** What is said of each pretrained router, then of each site. */
    private static Map<Part, Map<String, String>> facts(InjectionPlan plan) {
        Map<Part, Map<String, String>> byPart = new LinkedHashMap<>();
        plan.hosts()
                .forEach(host -> byPart.put(
                        Part.of(host), Words.facts(host, plan.base().shape().experts())));
        plan.sites().forEach(site -> byPart.put(Part.of(site.key()), Words.facts(Treatment.of(site))));
        return byPart;
    }

    private static List<String> parts(Map<Part, Map<String, String>> first, Map<Part, Map<String, String>> second) {
        Set<Part> parts = new TreeSet<>(Part.ORDER);
        parts.addAll(first.keySet());
        parts.addAll(second.keySet());
        Map<Change, Set<Integer>> layers = new LinkedHashMap<>();
        for (Part part : parts) {
            changes(part.name(), first.getOrDefault(part, Map.of()), second.getOrDefault(part, Map.of()))
                    .forEach(change -> layers.computeIfAbsent(change, unused -> new TreeSet<>())
                            .add(part.key().layer()));
        }
        List<String> lines = new ArrayList<>();
        layers.forEach((change, in) -> lines.add(change.in(in)));
        return lines;
    }

    /** What one plan lacks is told by what it is first of all; what both have by each fact that changed. */
    private static List<Change> changes(String part, Map<String, String> first, Map<String, String> second) {
        if (first.isEmpty() || second.isEmpty()) {
            Map<String, String> there = first.isEmpty() ? second : first;
            return List.of(new Change(
                    first.isEmpty() ? "+" : "-", part, there.values().iterator().next()));
        }
        Set<String> about = new TreeSet<>(first.keySet());
        about.addAll(second.keySet());
        return about.stream()
                .filter(name -> !first.getOrDefault(name, "none").equals(second.getOrDefault(name, "none")))
                .map(name -> new Change(
                        "~",
                        part,
                        name + ": " + first.getOrDefault(name, "none") + " -> " + second.getOrDefault(name, "none")))
                .toList();
    }

    /** What facts are told of. */
    private record Part(SiteKey key, String name) {
        static final Comparator<Part> ORDER =
                Comparator.comparing(Part::key, SiteKey.ORDER).thenComparing(Part::name);

        static Part of(SiteKey key) {
            String stack = key.stack() == Stack.ENCODER ? "encoder " : "";
            return new Part(key, stack + key.block().word() + " " + Words.role(key.role()));
        }

        static Part of(HostRouter host) {
            return new Part(new SiteKey(Stack.DECODER, host.layer(), BlockKind.MOE, Role.ROUTER), "pretrained router");
        }
    }

    private record Change(String sign, String part, String what) {
        String in(Set<Integer> layers) {
            return sign + " " + part + " in " + (layers.size() == 1 ? "layer " : "layers ") + LayerIndexes.text(layers)
                    + ": " + what;
        }
    }
}
