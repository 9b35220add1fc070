package dev.graft.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.report.Metrics.Collapse;
import dev.graft.report.Metrics.Layer;
import dev.graft.report.Metrics.Passage;
import dev.graft.report.Metrics.RoutedSite;
import dev.graft.report.Metrics.Step;
import dev.graft.report.Metrics.TaskRouting;
import dev.graft.report.Metrics.Trace;
import dev.graft.report.Metrics.Validation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the lines of {@code metrics.jsonl}, one by one. */
final class MetricsReader {
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private final Map<String, String> start = new LinkedHashMap<>();
    private final Map<String, String> end = new LinkedHashMap<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Validation> validations = new ArrayList<>();
    private final List<Collapse> collapses = new ArrayList<>();
    private final List<Passage> passages = new ArrayList<>();

    /**
     * @param place the line's file and number
     * @throws GraftException {@code E_METRICS}
     */
    void add(String place, String text) {
        JsonNode line = object(place, text);
        switch (line.path("kind").asText()) {
            case "start" -> flatten("", line, start);
            case "step" -> steps.add(step(line));
            case "validation" -> validations.add(validation(line));
            case "collapse" -> collapses.add(collapse(line));
            case "passage" -> passages.add(passage(line));
            case "end" -> flatten("", line, end);
            default -> {} // kinds of a newer Graft
        }
    }

    Metrics metrics() {
        start.remove("kind");
        end.remove("kind");
        return new Metrics(start, steps, validations, collapses, passages, end);
    }

    private static JsonNode object(String place, String line) {
        try {
            JsonNode node = JSON.readTree(line);
            if (node.isObject()) {
                return node;
            }
        } catch (JsonProcessingException e) {
            throw noObject(place, e.getOriginalMessage());
        }
        throw noObject(place, "found " + line.strip());
    }

    private static GraftException noObject(String place, String found) {
        return new GraftException(Issue.error("E_METRICS", place + ": this line is no JSON object: " + found));
    }

    private static void flatten(String prefix, JsonNode node, Map<String, String> flat) {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            String name = prefix + field.getKey();
            JsonNode value = field.getValue();
            if (value.isObject()) {
                flatten(name + ".", value, flat);
            } else {
                flat.put(name, value.isTextual() ? value.asText() : value.toString());
            }
        }
    }

    private static Step step(JsonNode line) {
        List<Trace> layers = new ArrayList<>();
        for (Layer layer : layers(line)) {
            layers.add(new Trace(
                    layer.layer(),
                    layer.load(),
                    layer.sites().stream()
                            .mapToDouble(RoutedSite::entropy)
                            .average()
                            .orElse(Double.NaN)));
        }
        return new Step(
                line.path("step").asInt(),
                line.path("epoch").asInt(),
                number(line, "loss"),
                number(line, "balance"),
                number(line, "rate"),
                number(line, "norm"),
                line.path("tokens").asLong(),
                number(line, "seconds"),
                number(line, "tokens_per_s"),
                number(line, "load"),
                number(line.path("flops"), "saved"),
                line.path("skipped").asBoolean(),
                layers);
    }

    private static Validation validation(JsonNode line) {
        List<TaskRouting> tasks = new ArrayList<>();
        line.path("tasks").forEach(task -> tasks.add(task(task, "task")));
        return new Validation(
                line.path("step").asInt(),
                number(line, "loss"),
                number(line, "perplexity"),
                number(line, "load"),
                number(line.path("flops"), "saved"),
                layers(line),
                tasks);
    }

    /** @param name the field with the task's name */
    static TaskRouting task(JsonNode node, String name) {
        return new TaskRouting(node.path(name).asText(), layers(node));
    }

    private static List<Layer> layers(JsonNode line) {
        List<Layer> layers = new ArrayList<>();
        for (JsonNode layer : line.path("layers")) {
            List<RoutedSite> sites = new ArrayList<>();
            layer.path("groups").forEach(group -> addSites(group, sites));
            layers.add(new Layer(layer.path("layer").asInt(), number(layer, "load"), sites));
        }
        return layers;
    }

    private static void addSites(JsonNode group, List<RoutedSite> sites) {
        // The router of a MoE block is no site of the adapters: its group has no names.
        for (int i = 0; i < group.path("load").size(); i++) {
            sites.add(new RoutedSite(
                    group.path("sites").path(i).asText(group.path("group").asText()),
                    group.path("nulls").asInt(),
                    group.path("load").path(i).asDouble(Double.NaN),
                    numbers(group.path("share").path(i)),
                    numbers(group.path("probability").path(i)),
                    group.path("entropy").path(i).asDouble(Double.NaN)));
        }
    }

    private static Collapse collapse(JsonNode line) {
        return new Collapse(
                line.path("step").asInt(),
                line.path("layer").asInt(),
                line.path("site").asText(),
                line.path("steps").asInt(),
                texts(line.path("without_tokens")),
                texts(line.path("nearly_all")));
    }

    private static Passage passage(JsonNode line) {
        return new Passage(line.path("step").asInt(), texts(line.path("tokens")), numbers(line.path("load")));
    }

    private static double number(JsonNode node, String field) {
        return node.path(field).asDouble(Double.NaN);
    }

    private static List<Double> numbers(JsonNode array) {
        List<Double> numbers = new ArrayList<>();
        array.forEach(value -> numbers.add(value.asDouble(Double.NaN)));
        return numbers;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(value -> texts.add(value.asText()));
        return texts;
    }
}
