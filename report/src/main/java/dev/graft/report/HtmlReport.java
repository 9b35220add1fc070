package dev.graft.report;

import dev.graft.report.LineChart.Point;
import dev.graft.report.Metrics.Step;
import dev.graft.report.Metrics.Validation;
import dev.graft.surgery.Budget;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** One page about a run that needs nothing else: no script, font or picture from elsewhere. */
public final class HtmlReport {
    public static final String FILE = "report.html";

    /** Weight of the newest value in a smoothed curve. */
    private static final double NEWEST = 0.1;

    /** Collapsed routers that are named. */
    private static final int MOST_COLLAPSES = 20;

    private final RunRecord run;
    private final Metrics metrics;
    private final List<Integer> layers;
    private final Markup page = new Markup();

    private HtmlReport(RunRecord run, List<Integer> layers) {
        this.run = run;
        this.layers = layers;
        this.metrics = run.metrics();
    }

    /** The page; the same files give the same page. */
    public static String of(RunRecord run) {
        return of(run, List.of());
    }

    /**
     * The same with the experts of these layers by task.
     *
     * @param layers numbered through both stacks; none for the middle ones
     * @throws dev.graft.issue.GraftException {@code E_LAYER} for a layer without measured routing by task
     */
    public static String of(RunRecord run, List<Integer> layers) {
        return new HtmlReport(run, layers).write();
    }

    private String write() {
        String name = run.plan().surgery().name();
        PageFrame.open(page, name);
        page.element("p", subtitle(), "class", "lead");
        tiles();
        curves();
        new LoadSection(run).write(page);
        new TaskSection(
                        metrics.last().map(Validation::tasks).orElse(List.of()),
                        run.plan().base().shape().encoderLayers(),
                        layers)
                .write(page);
        metrics.passages().stream()
                .reduce((earlier, later) -> later)
                .ifPresent(passage -> new PassageSection(passage).write(page));
        plan();
        settings();
        return PageFrame.close(page);
    }

    private String subtitle() {
        var shape = run.plan().base().shape();
        return "Adapters on a frozen " + shape.modelType() + " of " + shape.layers() + " layers, hidden size "
                + shape.hiddenSize() + ", " + Figures.scaled(run.plan().base().parameters()) + " parameters.";
    }

    private void tiles() {
        Optional<Validation> before = metrics.before();
        Optional<Validation> after = metrics.after();
        Budget budget = run.plan().budget();
        page.open("div", "class", "tiles");
        tile("validation loss", change(before, after, Validation::loss, 3), "nats per token");
        tile("perplexity", change(before, after, Validation::perplexity, 1), "on the validation text");
        after.map(Validation::load)
                .filter(Double::isFinite)
                .ifPresent(load -> tile("load", Figures.fixed(load, 2), "true experts per token"));
        after.map(Validation::saved)
                .filter(Double::isFinite)
                .ifPresent(saved ->
                        tile("FLOPs saved", Figures.fixed(100 * saved, 1) + "%", "of a token's products at full load"));
        tile(
                "trainable",
                Figures.scaled(budget.trainable()),
                Figures.number(100.0 * budget.trainable() / budget.all()) + "% of all parameters");
        tile("speed", speed(), "tokens per second, median step");
        page.close("div");
    }

    private void tile(String name, String value, String unit) {
        page.open("div", "class", "tile")
                .element("span", name)
                .element("b", value)
                .element("small", unit)
                .close("div");
    }

    private static String change(
            Optional<Validation> before, Optional<Validation> after, ToDoubleFunction<Validation> of, int decimals) {
        List<String> ends = new ArrayList<>();
        before.ifPresent(first -> ends.add(Figures.fixed(of.applyAsDouble(first), decimals)));
        after.ifPresent(last -> ends.add(Figures.fixed(of.applyAsDouble(last), decimals)));
        return ends.isEmpty() ? "–" : String.join(" → ", ends);
    }

    private String speed() {
        OptionalDouble median = metrics.tokensPerSecond();
        return median.isPresent() ? Figures.grouped(Math.round(median.getAsDouble())) : "–";
    }

    private void curves() {
        page.element("h2", "Training");
        page.open("div", "class", "charts");
        chart(new LineChart("Loss (nats per supervised token)")
                .line("each step", "train faint", steps(Step::loss))
                .line("smoothed", "train", smoothed(steps(Step::loss)))
                .dots("validation", "validation", validations(Validation::loss)));
        chart(new LineChart("Tokens per second").line("each step", "train", steps(Step::tokensPerSecond)));
        chart(new LineChart("Load (true experts per token)")
                .line("each step", "train", steps(Step::load))
                .dots("validation", "validation", validations(Validation::load)));
        chart(new LineChart("FLOPs saved (% of those at full load)")
                .line("each step", "train", steps(step -> 100 * step.saved()))
                .dots("validation", "validation", validations(validation -> 100 * validation.saved())));
        chart(new LineChart("Router entropy (nats, mean over the layers)")
                .line("each step", "train", steps(HtmlReport::entropy)));
        chart(new LineChart("Learning rate").line("each step", "train", steps(Step::rate)));
        page.close("div");
        long skipped = metrics.steps().stream().filter(Step::skipped).count();
        if (skipped > 0) {
            page.element(
                    "p", "Skipped steps, whose loss or gradient was not finite: " + skipped + ".", "class", "warning");
        }
        collapses();
    }

    private void collapses() {
        metrics.collapses().stream().limit(MOST_COLLAPSES).forEach(collapse -> {
            List<String> what = new ArrayList<>();
            if (!collapse.withoutTokens().isEmpty()) {
                what.add("no tokens for " + String.join(", ", collapse.withoutTokens()));
            }
            if (!collapse.nearlyAll().isEmpty()) {
                what.add("nearly all for " + String.join(", ", collapse.nearlyAll()));
            }
            page.element(
                    "p",
                    "Step " + collapse.step() + ": the router of layer " + collapse.layer() + ", " + collapse.site()
                            + ", has collapsed: for " + collapse.steps() + " steps " + String.join("; ", what) + ".",
                    "class",
                    "warning");
        });
        int more = metrics.collapses().size() - MOST_COLLAPSES;
        if (more > 0) {
            page.element("p", "And " + more + " collapsed routers more, in " + Metrics.FILE + ".", "class", "warning");
        }
    }

    private static double entropy(Step step) {
        return step.layers().stream()
                .mapToDouble(Metrics.Trace::entropy)
                .average()
                .orElse(Double.NaN);
    }

    private void chart(LineChart chart) {
        if (!chart.isEmpty()) {
            chart.write(page);
        }
    }

    private List<Point> steps(ToDoubleFunction<Step> of) {
        return metrics.steps().stream()
                .map(step -> new Point(step.step(), of.applyAsDouble(step)))
                .toList();
    }

    private List<Point> validations(ToDoubleFunction<Validation> of) {
        return metrics.validations().stream()
                .map(validation -> new Point(validation.step(), of.applyAsDouble(validation)))
                .toList();
    }

    /** Exponential moving average, started with the first value. */
    private static List<Point> smoothed(List<Point> points) {
        List<Point> smoothed = new ArrayList<>();
        double mean = Double.NaN;
        for (Point point : points) {
            if (Double.isFinite(point.y())) {
                mean = Double.isNaN(mean) ? point.y() : mean + NEWEST * (point.y() - mean);
                smoothed.add(new Point(point.x(), mean));
            }
        }
        return smoothed;
    }

    private void plan() {
        page.element("h2", "Plan");
        page.element("pre", run.plan().explain());
    }

    private void settings() {
        page.element("h2", "Settings");
        page.open("table", "class", "settings");
        Facts.of(metrics)
                .forEach((name, value) ->
                        page.open("tr").element("th", name).element("td", value).close("tr"));
        page.close("table");
    }
}
