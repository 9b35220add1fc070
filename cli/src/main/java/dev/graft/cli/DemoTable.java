package dev.graft.cli;

import dev.graft.runtime.train.Metrics.LayerLoad;
import dev.graft.runtime.train.Metrics.ValidationMetrics;
import dev.graft.surgery.Budget;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a demo's runs came to. */
final class DemoTable {

    /**
     * A trained spec.
     *
     * @param before the validation of the untouched model
     * @param after the validation after the last step
     * @param accuracy of the answers to the demo's questions, 0 to 1; empty where none are asked
     * @param seconds of the run
     */
    record Row(
            String name,
            Budget budget,
            ValidationMetrics before,
            ValidationMetrics after,
            Optional<Double> accuracy,
            double seconds) {}

    private final Optional<Double> untouched;
    private final List<Row> rows = new ArrayList<>();

    /** @param untouched accuracy of the base as it is; empty where no questions are asked */
    DemoTable(Optional<Double> untouched) {
        this.untouched = untouched;
    }

    void add(Row row) {
        rows.add(row);
    }

    /** The first spec's perplexity, and its load by layer where it routes. */
    String headline() {
        Row first = rows.get(0);
        String perplexity = String.format(
                Locale.ROOT,
                "validation perplexity: %.1f before, %.1f after",
                first.before().perplexity(),
                first.after().perplexity());
        Double load = first.after().load();
        // a soft router takes all its experts for every token
        boolean same =
                first.after().layers().stream().map(LayerLoad::load).distinct().count() <= 1;
        return load == null || same ? perplexity : perplexity + System.lineSeparator() + loads(first.after(), load);
    }

    private static String loads(ValidationMetrics after, double mean) {
        String layers = after.layers().stream()
                .map(LayerLoad::load)
                .map(load -> number(load, "%.2f"))
                .collect(Collectors.joining(" "));
        return String.format(
                Locale.ROOT,
                "load of layers %d to %d: %s true experts per token (mean %.2f; a top-2 mixture without null experts has"
                        + " 2)",
                after.layers().get(0).layer(),
                after.layers().get(after.layers().size() - 1).layer(),
                layers,
                mean);
    }

    /** The untouched model and every spec, a line each. */
    @Override
    public String toString() {
        TextTable table = new TextTable()
                .row("", "loss", "perplexity", "accuracy", "load", "trainable", "activated", "FLOPs/token", "seconds");
        Row first = rows.get(0);
        table.row(
                "untouched",
                number(first.before().loss(), "%.3f"),
                number(first.before().perplexity(), "%.1f"),
                percent(untouched),
                "",
                "0",
                "0",
                number((double) first.budget().baseFlops(), "%,.0f"));
        for (Row row : rows) {
            table.row(
                    row.name(),
                    number(row.after().loss(), "%.3f"),
                    number(row.after().perplexity(), "%.1f"),
                    percent(row.accuracy()),
                    number(row.after().load(), "%.2f"),
                    number((double) row.budget().trainable(), "%,.0f"),
                    number((double) row.budget().activated(), "%,.0f"),
                    number((double) row.budget().balancedFlops(), "%,.0f"),
                    number(row.seconds(), "%.0f"));
        }
        return table.toString();
    }

    private static String percent(Optional<Double> share) {
        return share.map(value -> number(100 * value, "%.1f%%")).orElse("");
    }

    private static String number(@Nullable Double value, String format) {
        return value == null ? "" : String.format(Locale.ROOT, format, value);
    }
}
