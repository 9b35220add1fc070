package dev.graft.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.runtime.evaluate.TaskScores;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Scores of tasks as plain text, Markdown and JSON: a line a template, one a data set, and the headline. */
record TaskTable(TaskScores scores) {
    private static final List<String> HEADER =
            List.of("data set", "template", "questions", "accuracy", "chance", "right option (nats)");
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** Aligned columns. */
    @Override
    public String toString() {
        TextTable table = new TextTable().row(HEADER.toArray(String[]::new));
        rows().forEach(row -> table.row(row.toArray(String[]::new)));
        return table.toString();
    }

    String markdown() {
        List<List<String>> lines = new ArrayList<>();
        lines.add(HEADER);
        lines.add(HEADER.stream().map(column -> "---").toList());
        lines.addAll(rows());
        return lines.stream()
                .map(row -> row.stream().collect(Collectors.joining(" | ", "| ", " |\n")))
                .collect(Collectors.joining());
    }

    String json() {
        ObjectNode root =
                JSON.createObjectNode().put("mean", scores.mean()).put("encoder_layers", scores.encoderLayers());
        ArrayNode datasets = root.putArray("datasets");
        for (TaskScores.OfDataset dataset : scores.datasets()) {
            ObjectNode node = datasets.addObject()
                    .put("dataset", dataset.dataset())
                    .put("median", dataset.median())
                    .put("chance", dataset.chance());
            ArrayNode templates = node.putArray("templates");
            dataset.templates()
                    .forEach(template -> templates
                            .addObject()
                            .put("template", template.template())
                            .put("questions", template.score().questions())
                            .put("truncated", template.truncated())
                            .put("accuracy", template.score().accuracy())
                            .put("accuracy_per_token", template.score().accuracyPerToken())
                            .put("accuracy_per_character", template.score().accuracyPerCharacter())
                            .put("gold_log_probability", template.score().goldLogProbability()));
            node.set("layers", JSON.valueToTree(dataset.layers()));
        }
        try {
            return JSON.writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        for (TaskScores.OfDataset dataset : scores.datasets()) {
            dataset.templates()
                    .forEach(template -> rows.add(List.of(
                            dataset.dataset(),
                            template.template(),
                            Integer.toString(template.score().questions()),
                            percent(template.score().accuracy()),
                            percent(dataset.chance()),
                            String.format(Locale.ROOT, "%.3f", template.score().goldLogProbability()))));
            rows.add(
                    List.of(dataset.dataset(), "median", "", percent(dataset.median()), percent(dataset.chance()), ""));
        }
        rows.add(List.of("mean of medians", "", "", percent(scores.mean()), percent(chance()), ""));
        return rows;
    }

    private double chance() {
        return scores.datasets().stream()
                .mapToDouble(TaskScores.OfDataset::chance)
                .average()
                .orElse(Double.NaN);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f%%", 100 * share);
    }
}
