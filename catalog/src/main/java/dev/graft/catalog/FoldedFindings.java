package dev.graft.catalog;

import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/** The same finding in many layers and experts, told once. */
final class FoldedFindings {
    /** Findings of one kind that are told one by one. */
    private static final int MOST = 12;

    private final TensorNames names;
    private final Issues issues;
    private final Map<Finding, Places> found = new LinkedHashMap<>();

    FoldedFindings(TensorNames names, Issues issues) {
        this.names = names;
        this.issues = issues;
    }

    void add(String name, String what) {
        Places seen = found.computeIfAbsent(
                new Finding(names.pattern(name), what), key -> new Places(new TreeSet<>(), new TreeSet<>()));
        names.layerOf(name).ifPresent(seen.layers()::add);
        TensorNames.expertOf(name).ifPresent(seen.experts()::add);
    }

    Set<String> patterns() {
        return found.keySet().stream().map(Finding::pattern).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Adds an issue for each finding, made from its name and from what was found in which layers. */
    void forEach(String code, BiFunction<String, String, Issue> issue) {
        found.entrySet().stream().limit(MOST).forEach(entry -> {
            String where = entry.getValue().toString();
            issues.add(
                    issue.apply(entry.getKey().pattern(), where + entry.getKey().what()));
        });
        if (found.size() > MOST) {
            issues.add(Issue.error(code, "and " + (found.size() - MOST) + " names more of that kind"));
        }
    }

    private record Places(Set<Integer> layers, Set<Integer> experts) {
        @Override
        public String toString() {
            if (layers.isEmpty()) {
                return "";
            }
            String inLayers = "layers " + LayerIndexes.text(layers);
            return " (" + (experts.isEmpty() ? inLayers : inLayers + ", experts " + LayerIndexes.text(experts)) + ")";
        }
    }

    private record Finding(String pattern, String what) {}
}
