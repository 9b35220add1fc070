package dev.graft.runtime.train;

import dev.graft.runtime.train.Metrics.Collapse;
import dev.graft.runtime.train.Metrics.GroupLoad;
import dev.graft.runtime.train.Metrics.LayerLoad;
import dev.graft.runtime.train.Metrics.StepMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Counts for how many steps in a row a router has left experts without tokens, or given one nearly all of them. */
final class CollapseWatch {
    private static final double NEARLY_ALL = 0.95;
    /** Of an expert's even part of the probability. */
    private static final double NEARLY_NOTHING = 0.01;
    /** Where a token selects more than half of the experts, one that every token selects is nothing special. */
    private static final double HALF = 0.5;

    private final int limit;
    private Map<String, Integer> streaks;

    /**
     * Goes on counting.
     *
     * @param limit steps in a row that count as a collapse; 0 to find none
     * @param streaks what {@link #streaks} gave before
     */
    CollapseWatch(int limit, Map<String, Integer> streaks) {
        this.limit = limit;
        this.streaks = Map.copyOf(streaks);
    }

    /** Steps in a row, by what is wrong with which expert. */
    Map<String, Integer> streaks() {
        return streaks;
    }

    /** The routers that collapsed with this step; each one is told once, until it has recovered. */
    List<Collapse> after(StepMetrics step) {
        List<Collapse> collapsed = new ArrayList<>();
        Map<String, Integer> counted = new LinkedHashMap<>();
        if (limit > 0) {
            for (LayerLoad layer : step.layers()) {
                for (GroupLoad group : layer.groups()) {
                    for (int site = 0; site < group.load().size(); site++) {
                        String name = layer.layer() + " " + group.site(site);
                        List<String> lost = reached(counted, name + " without ", without(group, site));
                        List<String> all = reached(counted, name + " all ", nearlyAll(group, site));
                        if (!lost.isEmpty() || !all.isEmpty()) {
                            collapsed.add(new Collapse(step.step(), layer.layer(), group.site(site), limit, lost, all));
                        }
                    }
                }
            }
        }
        streaks = counted;
        return collapsed;
    }

    /** Counts on for these experts, and gives those whose count is the limit now. */
    private List<String> reached(Map<String, Integer> counted, String what, List<String> experts) {
        List<String> reached = new ArrayList<>();
        for (String expert : experts) {
            int steps = streaks.getOrDefault(what + expert, 0) + 1;
            counted.put(what + expert, Math.min(steps, limit + 1));
            if (steps == limit) {
                reached.add(expert);
            }
        }
        return reached;
    }

    /** True experts that no token selected. Null experts stand for one another. */
    private static List<String> without(GroupLoad group, int site) {
        List<Double> share = group.share().get(site);
        List<Double> probability = group.probability().get(site);
        double even = 1.0 / share.size();
        IntPredicate nothing = selects(share)
                ? expert -> share.get(expert) == 0
                : expert -> probability.get(expert) < NEARLY_NOTHING * even;
        return names(group, share.size() - group.nulls(), nothing);
    }

    /** Experts that nearly every token selected; null ones only where a token selects no other beside it. */
    private static List<String> nearlyAll(GroupLoad group, int site) {
        List<Double> share = group.share().get(site);
        List<Double> probability = group.probability().get(site);
        if (share.size() == 1) {
            return List.of();
        } else if (!selects(share)) {
            return names(group, share.size(), expert -> probability.get(expert) >= NEARLY_ALL);
        }
        double selected = share.stream().mapToDouble(Double::doubleValue).sum();
        int counted = selected < 1 + HALF ? share.size() : share.size() - group.nulls();
        return selected > HALF * share.size()
                ? List.of()
                : names(group, counted, expert -> share.get(expert) >= NEARLY_ALL);
    }

    /** Whether the router leaves experts out at all; a soft one does not. */
    private static boolean selects(List<Double> share) {
        return share.stream().anyMatch(part -> part < 1);
    }

    private static List<String> names(GroupLoad group, int experts, IntPredicate which) {
        return IntStream.range(0, experts).filter(which).mapToObj(group::expert).toList();
    }
}
