package dev.graft.report;

import dev.graft.dsl.Selection;
import dev.graft.report.Metrics.Layer;
import dev.graft.report.Metrics.RoutedSite;
import dev.graft.report.Metrics.Validation;
import dev.graft.surgery.HostRouter;
import dev.graft.surgery.Site;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Who works: the load of every layer, and every expert's part of it. */
final class LoadSection {
    private static final int BAR = 7;
    private static final int BARS_HEIGHT = 34;
    /** What a site's bars take at most, however many there are. */
    private static final int BARS_WIDTH = 320;
    /** Experts that a tooltip names one by one. */
    private static final int MOST_NAMED = 32;

    private final Optional<Validation> before;
    private final Optional<Validation> after;
    private final EpochTable epochs;
    private final Map<String, Site> sites;
    private final List<HostRouter> hosts;
    private final int pretrained;

    LoadSection(RunRecord run) {
        this.before = run.metrics().before();
        this.after = run.metrics().last();
        this.epochs = new EpochTable(run.metrics().steps());
        this.hosts = run.plan().hosts();
        this.pretrained = hosts.isEmpty() ? 0 : hosts.get(0).experts();
        this.sites = run.plan().sites().stream()
                .filter(site -> site.router().isPresent())
                .collect(Collectors.toMap(Site::module, Function.identity(), (first, second) -> first));
    }

    /** Nothing where no expert is routed or nothing was validated. */
    void write(Markup page) {
        List<Layer> layers = after.map(Validation::layers).orElse(List.of());
        if (sites.isEmpty() && hosts.isEmpty()) {
            return;
        }
        Markup section = new Markup();
        if (!layers.isEmpty()) {
            byLayer(section, layers);
            byExpert(section, layers);
        }
        epochs.write(section);
        if (!section.toString().isEmpty()) {
            page.element("h2", "Load").verbatim(section.toString());
        }
    }

    private void byLayer(Markup page, List<Layer> layers) {
        double full = hosts.isEmpty()
                ? sites.values().stream()
                        .mapToDouble(site -> site.experts().count())
                        .max()
                        .orElse(1)
                : hosts.stream().mapToDouble(LoadSection::most).max().orElse(1);
        page.element(
                "p",
                "True experts that a token of the validation text used, "
                        + (hosts.isEmpty() ? "as the mean over the layer's routed sites" : "of the layer's MoE block")
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

    /** True experts that a token of a block can select. */
    private static double most(HostRouter host) {
        return host.router().selection() instanceof Selection.TopK top
                ? Math.min(top.k(), host.experts())
                : host.experts();
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
        int experts = planned.map(known -> known.experts().count()).orElse(pretrained);
        double bar = Math.min(BAR, (double) BARS_WIDTH / values.size());
        double most = values.stream().mapToDouble(Double::doubleValue).max().orElse(1);
        String width = Figures.number(values.size() * bar);
        page.open("svg", "viewBox", "0 0 " + width + " " + BARS_HEIGHT, "width", width, "height", "" + BARS_HEIGHT);
        page.element("title", tooltip(site, values, experts));
        for (int i = 0; i < values.size(); i++) {
            double height = most > 0 ? Math.max(1, values.get(i) / most * BARS_HEIGHT) : 1;
            page.empty(
                    "rect",
                    "class",
                    i < experts ? "true" : "null",
                    "x",
                    Figures.fixed(i * bar, 1),
                    "y",
                    Figures.fixed(BARS_HEIGHT - height, 1),
                    "width",
                    Figures.fixed(bar * (BAR - 1) / BAR, 1),
                    "height",
                    Figures.fixed(height, 1));
        }
        page.close("svg");
    }

    private static String tooltip(RoutedSite site, List<Double> values, int experts) {
        StringBuilder text = new StringBuilder(site.module());
        if (values.size() > MOST_NAMED) {
            return text + "\ntrue experts: " + range(values.subList(0, experts))
                    + (experts < values.size()
                            ? "\nnull experts: " + range(values.subList(experts, values.size()))
                            : "");
        }
        for (int i = 0; i < values.size(); i++) {
            text.append('\n').append(i < experts ? "expert " + i : "null " + (i - experts));
            text.append(": ").append(Figures.fixed(100 * values.get(i), 1)).append(" %");
        }
        return text.toString();
    }

    private static String range(List<Double> values) {
        return Figures.fixed(100 * Collections.min(values), 1) + " to "
                + Figures.fixed(100 * Collections.max(values), 1) + " %";
    }

    private static String lastPart(String module) {
        return module.substring(module.lastIndexOf('.') + 1);
    }

    private static String percent(double part) {
        return Figures.fixed(100 * Math.max(0, Math.min(1, part)), 1) + "%";
    }
}
