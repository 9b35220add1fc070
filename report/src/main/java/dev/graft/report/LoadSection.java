package dev.graft.report;

import dev.graft.dsl.Selection;
import dev.graft.report.Metrics.Layer;
import dev.graft.report.Metrics.RoutedSite;
import dev.graft.report.Metrics.Validation;
import dev.graft.surgery.Site;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Who works: the load of every layer, and every expert's part of it. */
final class LoadSection {
    private static final int BAR = 7;
    private static final int BARS_HEIGHT = 34;

    private final Optional<Validation> before;
    private final Optional<Validation> after;
    private final Map<String, Site> sites;

    LoadSection(RunRecord run) {
        this.before = run.metrics().before();
        this.after = run.metrics().after().or(() -> before);
        this.sites = run.plan().sites().stream()
                .filter(site -> site.router().isPresent())
                .collect(Collectors.toMap(Site::module, Function.identity(), (first, second) -> first));
    }

    /** Nothing where no expert is routed or nothing was validated. */
    void write(Markup page) {
        List<Layer> layers = after.map(Validation::layers).orElse(List.of());
        if (sites.isEmpty() || layers.isEmpty()) {
            return;
        }
        page.element("h2", "Load");
        byLayer(page, layers);
        byExpert(page, layers);
    }

    private void byLayer(Markup page, List<Layer> layers) {
        double full = sites.values().stream()
                .mapToDouble(site -> site.experts().count())
                .max()
                .orElse(1);
        page.element(
                "p",
                "True experts that a token of the validation text used, as the mean over the layer's routed sites"
                        + " (the mark: before training).");
        page.open("table", "class", "load");
        for (Layer layer : layers) {
            page.open("tr").element("th", "layer " + layer.layer());
            page.open("td").open("div", "class", "bar");
            page.element("i", "", "style", "width:" + percent(layer.load() / full));
            started(layer.layer()).ifPresent(load -> page.element("u", "", "style", "left:" + percent(load / full)));
            page.close("div").close("td");
            page.element("td", Figures.fixed(layer.load(), 2), "class", "number");
            page.element("td", "of " + Figures.number(full), "class", "muted");
            page.close("tr");
        }
        page.close("table");
    }

    private Optional<Double> started(int layer) {
        return before.filter(start -> after.filter(end -> end.step() > 0).isPresent())
                .flatMap(start -> start.layers().stream()
                        .filter(candidate -> candidate.layer() == layer)
                        .map(Layer::load)
                        .findFirst());
    }

    private void byExpert(Markup page, List<Layer> layers) {
        page.element("h3", "By expert");
        page.open("p")
                .text(
                        "The part of the tokens that select each expert of a site; for soft routing its mean probability. ");
        page.element("span", "true experts", "class", "key true").element("span", "null experts", "class", "key null");
        page.close("p");
        page.open("div", "class", "scroll").open("table", "class", "experts");
        for (Layer layer : layers) {
            page.open("tr").element("th", "layer " + layer.layer());
            for (RoutedSite site : layer.sites()) {
                page.open("td");
                bars(page, site);
                page.element("small", lastPart(site.module()) + " · " + Figures.fixed(site.load(), 2));
                page.close("td");
            }
            page.close("tr");
        }
        page.close("table").close("div");
    }

    private void bars(Markup page, RoutedSite site) {
        Optional<Site> planned = Optional.ofNullable(sites.get(site.module()));
        boolean soft = planned.flatMap(Site::router)
                .filter(router -> router.selection() instanceof Selection.Soft)
                .isPresent();
        List<Double> values = soft ? site.probability() : site.share();
        int experts = planned.map(known -> known.experts().count()).orElse(values.size());
        double most = values.stream().mapToDouble(Double::doubleValue).max().orElse(1);
        String size = "0 0 " + (values.size() * BAR) + " " + BARS_HEIGHT;
        page.open("svg", "viewBox", size, "width", "" + (values.size() * BAR), "height", "" + BARS_HEIGHT);
        page.element("title", tooltip(site, values, experts));
        for (int i = 0; i < values.size(); i++) {
            double height = most > 0 ? Math.max(1, values.get(i) / most * BARS_HEIGHT) : 1;
            page.empty(
                    "rect",
                    "class",
                    i < experts ? "true" : "null",
                    "x",
                    "" + (i * BAR),
                    "y",
                    Figures.fixed(BARS_HEIGHT - height, 1),
                    "width",
                    "" + (BAR - 1),
                    "height",
                    Figures.fixed(height, 1));
        }
        page.close("svg");
    }

    private static String tooltip(RoutedSite site, List<Double> values, int experts) {
        StringBuilder text = new StringBuilder(site.module());
        for (int i = 0; i < values.size(); i++) {
            text.append('\n').append(i < experts ? "expert " + i : "null " + (i - experts));
            text.append(": ").append(Figures.fixed(100 * values.get(i), 1)).append(" %");
        }
        return text.toString();
    }

    private static String lastPart(String module) {
        return module.substring(module.lastIndexOf('.') + 1);
    }

    private static String percent(double part) {
        return Figures.fixed(100 * Math.max(0, Math.min(1, part)), 1) + "%";
    }
}
