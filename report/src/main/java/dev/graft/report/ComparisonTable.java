package dev.graft.report;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.report.Metrics.Validation;
import dev.graft.surgery.Budget;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * What the specs of a comparison came to, a line each: means over the seeds, and what the base does without them.
 *
 * @param accuracy of the untouched base's answers to held-out questions, 0 to 1; empty where none are asked
 */
public record ComparisonTable(List<Contender> contenders, OptionalDouble accuracy) {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int AFTER_PERPLEXITY = 6;

    public ComparisonTable {
        contenders = List.copyOf(contenders);
    }

    /** What stands over the columns of {@link #rows}. */
    public List<String> header() {
        return withAccuracy(
                List.of(
                        "",
                        "validation loss",
                        "perplexity",
                        "load",
                        "FLOPs/token",
                        "trainable",
                        "activated",
                        "seconds",
                        "tokens/s"),
                "accuracy");
    }

    /** The cells, with the accuracy behind the perplexity where questions are asked. */
    private List<String> withAccuracy(List<String> cells, String shown) {
        if (accuracy.isEmpty()) {
            return cells;
        }
        List<String> all = new ArrayList<>(cells);
        all.add(all.size() - AFTER_PERPLEXITY, shown);
        return List.copyOf(all);
    }

    /** The untouched base first, then the specs; a deviation over the seeds is the sample's standard deviation. */
    public List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        untouched()
                .ifPresent(before -> rows.add(withAccuracy(
                        List.of(
                                "untouched",
                                Figures.fixed(before.loss(), 4),
                                Figures.fixed(before.perplexity(), 1),
                                "",
                                Figures.grouped(contenders.get(0).budget().baseFlops()),
                                "0",
                                "0",
                                "",
                                ""),
                        Figures.fixed(100 * accuracy.orElse(Double.NaN), 1) + "%")));
        contenders.forEach(contender -> rows.add(row(contender)));
        return rows;
    }

    private Optional<Validation> untouched() {
        return contenders.stream()
                .findFirst()
                .flatMap(first -> first.runs().get(0).metrics().before());
    }

    private List<String> row(Contender contender) {
        Budget budget = contender.budget();
        return withAccuracy(
                List.of(
                        contender.name(),
                        contender.loss().text(4),
                        new Spread(List.of(Math.exp(contender.loss().mean()))).mean(1),
                        contender.load().text(2),
                        Figures.grouped(Math.round(contender.flops().mean())),
                        Figures.grouped(budget.trainable()),
                        Figures.grouped(budget.activated()),
                        contender.seconds().mean(0),
                        contender.tokensPerSecond().mean(0)),
                contender.accuracy().text(1) + "%");
    }

    /** The same as a table in Markdown. */
    public String markdown() {
        List<String> lines = new ArrayList<>();
        lines.add(line(header()));
        lines.add(line(
                header().stream().map(name -> name.isEmpty() ? "---" : "---:").toList()));
        rows().forEach(row -> lines.add(line(row)));
        return String.join("\n", lines) + "\n";
    }

    private static String line(List<String> cells) {
        return cells.stream().map(cell -> cell.replace("|", "\\|")).collect(Collectors.joining(" | ", "| ", " |"));
    }

    /** All figures, with every seed's. */
    public String json(String name) {
        ObjectNode root = JSON.createObjectNode().put("name", name);
        untouched()
                .ifPresent(before -> root.putObject("untouched")
                        .put("loss", before.loss())
                        .put("flops_per_token", contenders.get(0).budget().baseFlops()));
        accuracy.ifPresent(share -> root.withObject("untouched").put("accuracy", 100 * share));
        ArrayNode specs = root.putArray("specs");
        for (Contender contender : contenders) {
            ObjectNode spec = specs.addObject().put("name", contender.name());
            put(spec, "loss", contender.loss());
            put(spec, "accuracy", contender.accuracy());
            put(spec, "load", contender.load());
            put(spec, "flops_per_token", contender.flops());
            spec.put("trainable", contender.budget().trainable());
            spec.put("activated", contender.budget().activated());
            put(spec, "seconds", contender.seconds());
            put(spec, "tokens_per_s", contender.tokensPerSecond());
            ArrayNode runs = spec.putArray("runs");
            contender
                    .runs()
                    .forEach(run -> runs.addObject()
                            .put("seed", run.plan().surgery().training().seed())
                            .put("plan_hash", run.plan().planHash()));
        }
        return root.toPrettyString() + "\n";
    }

    private static void put(ObjectNode spec, String field, Spread spread) {
        if (Double.isFinite(spread.mean())) {
            ObjectNode node = spec.putObject(field).put("mean", spread.mean());
            if (Double.isFinite(spread.deviation())) {
                node.put("deviation", spread.deviation());
            }
            ArrayNode values = node.putArray("values");
            spread.values().forEach(values::add);
        }
    }
}
