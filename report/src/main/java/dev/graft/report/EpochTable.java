package dev.graft.report;

import dev.graft.report.Metrics.Step;
import dev.graft.report.Metrics.Trace;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** The load of the training tokens by layer and epoch, and what it saved. */
final class EpochTable {
    /** Columns at most: the last ones. */
    private static final int MOST = 12;

    private final Map<Integer, List<Step>> epochs;

    /** @param steps those without the load of each layer are left out */
    EpochTable(List<Step> steps) {
        Map<Integer, List<Step>> all = steps.stream()
                .filter(step -> !step.layers().isEmpty() && Double.isFinite(step.saved()))
                .collect(Collectors.groupingBy(Step::epoch, TreeMap::new, Collectors.toList()));
        this.epochs = all.entrySet().stream()
                .skip(Math.max(0, all.size() - MOST))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, TreeMap::new));
    }

    /** Nothing where the load can't change. */
    void write(Markup page) {
        if (epochs.isEmpty()) {
            return;
        }
        page.element("h3", "By epoch");
        page.element(
                "p",
                "True experts that a token of the training data used, and the part of the products with weights that this"
                        + " saves against full load.");
        page.open("div", "class", "scroll").open("table", "class", "epochs");
        page.open("tr").element("th", "epoch");
        epochs.keySet().forEach(epoch -> page.element("th", Integer.toString(epoch + 1)));
        page.close("tr");
        List<Trace> layers = epochs.values().iterator().next().get(0).layers();
        for (Trace layer : layers) {
            row(page, "layer " + layer.layer(), 2, "", step -> load(step, layer.layer()));
        }
        row(page, "FLOPs saved", 1, "%", step -> 100 * step.saved());
        page.close("table").close("div");
    }

    private void row(Markup page, String name, int decimals, String unit, ToDoubleFunction<Step> of) {
        page.open("tr").element("th", name);
        epochs.values().forEach(steps -> page.element("td", Figures.fixed(mean(steps, of), decimals) + unit));
        page.close("tr");
    }

    /** Every token counts the same. */
    private static double mean(List<Step> steps, ToDoubleFunction<Step> of) {
        double sum = steps.stream()
                .mapToDouble(step -> step.tokens() * of.applyAsDouble(step))
                .sum();
        return sum / steps.stream().mapToLong(Step::tokens).sum();
    }

    private static double load(Step step, int layer) {
        return step.layers().stream()
                .filter(trace -> trace.layer() == layer)
                .mapToDouble(Trace::load)
                .findFirst()
                .orElse(Double.NaN);
    }
}
