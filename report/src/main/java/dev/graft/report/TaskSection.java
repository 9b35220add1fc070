package dev.graft.report;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.report.Metrics.Layer;
import dev.graft.report.Metrics.RoutedSite;
import dev.graft.report.Metrics.TaskRouting;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How much the experts of some layers count for each task: a map for every routed site, tasks down, experts across. */
final class TaskSection {
    private final List<TaskRouting> tasks;
    private final int encoderLayers;
    private final List<Integer> shown;

    /**
     * @param encoderLayers how many of the layers are an encoder's; 0 for a decoder-only model
     * @param asked layers, numbered through both stacks; none for the middle one of those with routers in each stack
     * @throws GraftException {@code E_LAYER} where a layer that is asked for has no routers
     */
    TaskSection(List<TaskRouting> tasks, int encoderLayers, List<Integer> asked) {
        this.tasks = tasks;
        this.encoderLayers = encoderLayers;
        List<Integer> routed = tasks.stream()
                .flatMap(task -> task.layers().stream())
                .map(Layer::layer)
                .distinct()
                .sorted()
                .toList();
        for (int layer : asked) {
            if (!routed.contains(layer)) {
                throw new GraftException(Issue.error("E_LAYER", "no routing by task was measured in layer " + layer)
                        .withFix(
                                routed.isEmpty()
                                        ? "validate or evaluate on tasks, with a spec that routes"
                                        : "layers with it are " + routed));
            }
        }
        this.shown = asked.isEmpty() ? middle(routed) : asked;
    }

    private List<Integer> middle(List<Integer> routed) {
        List<Integer> middle = new ArrayList<>();
        for (boolean encoder : new boolean[] {true, false}) {
            List<Integer> stack = routed.stream()
                    .filter(layer -> encoder == layer < encoderLayers)
                    .toList();
            if (!stack.isEmpty()) {
                middle.add(stack.get(stack.size() / 2));
            }
        }
        return middle;
    }

    /** Nothing where nothing is routed. */
    void write(Markup page) {
        if (shown.isEmpty()) {
            return;
        }
        page.element("h2", "Experts by task");
        page.element("p", "Mean routing probability of each expert over the tokens of a task.");
        for (int layer : shown) {
            page.element("h3", name(layer));
            page.open("div", "class", "maps");
            sites(tasks.get(0), layer).forEach(site -> map(page, layer, site.module()));
            page.close("div");
        }
    }

    private String name(int layer) {
        if (encoderLayers == 0) {
            return "Layer " + layer;
        }
        return layer < encoderLayers ? "Encoder layer " + layer : "Decoder layer " + (layer - encoderLayers);
    }

    private void map(Markup page, int layer, String module) {
        List<Row> rows = new ArrayList<>();
        for (TaskRouting task : tasks) {
            sites(task, layer).stream()
                    .filter(site -> site.module().equals(module))
                    .forEach(site -> rows.add(new Row(task.task(), site)));
        }
        double most = rows.stream()
                .flatMap(row -> row.site().probability().stream())
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(1);
        page.open("table", "class", "map").element("caption", module);
        page.open("thead").open("tr").element("th", "");
        experts(rows.get(0).site()).forEach(expert -> page.element("th", expert));
        page.close("tr").close("thead");
        for (Row row : rows) {
            page.open("tr").element("th", row.task());
            row.site().probability().forEach(part -> cell(page, part, most));
            page.close("tr");
        }
        page.close("table");
    }

    private static void cell(Markup page, double part, double most) {
        page.element("td", Figures.fixed(part, 2), "style", "--shade:" + Figures.fixed(part / most, 2));
    }

    private static List<String> experts(RoutedSite site) {
        int experts = site.probability().size() - site.nulls();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < site.probability().size(); i++) {
            names.add(i < experts ? Integer.toString(i) : "null " + (i - experts));
        }
        return names;
    }

    private static List<RoutedSite> sites(TaskRouting task, int number) {
        Optional<Layer> found =
                task.layers().stream().filter(layer -> layer.layer() == number).findFirst();
        return found.map(Layer::sites).orElse(List.of());
    }

    /** One task's line of a map. */
    private record Row(String task, RoutedSite site) {}
}
