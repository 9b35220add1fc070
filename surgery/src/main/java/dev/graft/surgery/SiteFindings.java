package dev.graft.surgery;

import dev.graft.catalog.LayerIndexes;
import dev.graft.dsl.Stack;
import dev.graft.issue.CallSite;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;

/** What was found at the sites of a plan; the same in many layers is told once. */
public final class SiteFindings {
    private final Map<Finding, Set<Integer>> layers = new LinkedHashMap<>();

    public void add(Site site, String what) {
        SiteKey key = site.key();
        String stack = key.stack() == Stack.ENCODER ? "the encoder's " : "";
        String where = stack + key.block().word() + " " + Words.role(key.role());
        layers.computeIfAbsent(new Finding(where, what, site.at()), finding -> new TreeSet<>())
                .add(key.layer());
    }

    /**
     * Adds an issue for each finding, with the user's line.
     *
     * @param issue made from where ({@code attention q of layers 0-3}) and what was found
     */
    public void report(Issues issues, BiFunction<String, String, Issue> issue) {
        layers.forEach((finding, indexes) ->
                issues.add(issue.apply(finding.where() + " of layers " + LayerIndexes.text(indexes), finding.what())
                        .at(finding.at())));
    }

    private record Finding(String where, String what, CallSite at) {}
}
