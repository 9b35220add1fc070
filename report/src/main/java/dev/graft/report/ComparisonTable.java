package dev.graft.report;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.report.Metrics.Validation;
import dev.graft.surgery.Budget;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What the specs of a comparison came to, a line each: means over the seeds, and what the base does without them.
 *
 * @param untouched scores of the base's answers to questions; empty where none are asked
 * @param constant the same of always the same answer; empty where that says nothing
 */
public record ComparisonTable(List<Contender> contenders, List<Score> untouched, List<Score> constant) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    public ComparisonTable {
        contenders = List.copyOf(contenders);
        untouched = List.copyOf(untouched);
        constant = List.copyOf(constant);
    }

    /** What stands over the columns of {@link #rows}. */
    public List<String> header() {
        return joined(
                List.of("", "validation loss", "perplexity"),
                untouched.stream().map(Score::name).toList(),
                List.of("load", "FLOPs/token", "trainable", "activated", "seconds", "tokens/s"));
    }

    /**
     * The untouched base first, then what the most frequent answer comes to, then the specs; a deviation over the seeds is the
     * sample's standard deviation.
     */
    public List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        before().ifPresent(before -> rows.add(joined(
                List.of("untouched", Figures.fixed(before.loss(), 4), Figures.fixed(before.perplexity(), 1)),
                cells(untouched),
                List.of("", Figures.grouped(contenders.get(0).budget().baseFlops()), "0", "0", "", ""))));
        if (!constant.isEmpty()) {
            rows.add(joined(List.of("majority", "", ""), cells(constant), List.of("", "", "", "", "", "")));
        }
        contenders.forEach(contender -> rows.add(row(contender)));
        return rows;
    }

    private List<String> cells(List<Score> scores) {
        return IntStream.range(0, scores.size())
                .mapToObj(i -> cell(i, new Spread(List.of(scores.get(i).shown()))))
                .toList();
    }

    private String cell(int column, Spread spread) {
        boolean share = untouched.get(column).unit() == Score.Unit.SHARE;
        return share ? spread.text(1) + "%" : spread.text(4);
    }

    private static List<String> joined(List<String> first, List<String> scores, List<String> last) {
        return Stream.of(first, scores, last).flatMap(List::stream).toList();
    }

    private Optional<Validation> before() {
        return contenders.stream()
                .findFirst()
                .flatMap(first -> first.runs().get(0).metrics().before());
    }

    private List<String> row(Contender contender) {
        Budget budget = contender.budget();
        return joined(
                List.of(
                        contender.name(),
                        contender.loss().text(4),
                        new Spread(List.of(Math.exp(contender.loss().mean()))).mean(1)),
                IntStream.range(0, untouched.size())
                        .mapToObj(i -> cell(i, contender.score(i)))
                        .toList(),
                List.of(
                        contender.load().text(2),
                        Figures.grouped(Math.round(contender.flops().mean())),
                        Figures.grouped(budget.trainable()),
                        Figures.grouped(budget.activated()),
                        contender.seconds().mean(0),
                        contender.tokensPerSecond().mean(0)));
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
        before().ifPresent(before -> root.putObject("untouched")
                .put("loss", before.loss())
                .put("flops_per_token", contenders.get(0).budget().baseFlops()));
        untouched.forEach(score -> root.withObject("untouched").put(key(score), score.shown()));
        constant.stream()
                .filter(score -> Double.isFinite(score.value()))
                .forEach(score -> root.withObject("majority").put(key(score), score.shown()));
        ArrayNode specs = root.putArray("specs");
        for (Contender contender : contenders) {
            ObjectNode spec = specs.addObject().put("name", contender.name());
            put(spec, "loss", contender.loss());
            for (int i = 0; i < untouched.size(); i++) {
                put(spec, key(untouched.get(i)), contender.score(i));
            }
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

    private static String key(Score score) {
        return score.name().replace(' ', '_');
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
