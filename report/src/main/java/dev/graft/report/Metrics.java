package dev.graft.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.checkpoint.FileProblem;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a run measured: its {@code metrics.jsonl}.
 *
 * @param start settings, data and machine, by dotted name
 * @param steps the optimizer steps, in order
 * @param validations in order; step 0 is the untouched model
 * @param passages validation passages, in order of their steps; empty where nothing is routed
 * @param end what the run said last; empty for a run that did not end
 */
public record Metrics(
        Map<String, String> start,
        List<Step> steps,
        List<Validation> validations,
        List<Passage> passages,
        Map<String, String> end) {
    public static final String FILE = "metrics.jsonl";

    private static final ObjectMapper JSON = JsonMapper.builder().build();

    public Metrics {
        start = Collections.unmodifiableMap(new LinkedHashMap<>(start));
        steps = List.copyOf(steps);
        validations = List.copyOf(validations);
        passages = List.copyOf(passages);
        end = Collections.unmodifiableMap(new LinkedHashMap<>(end));
    }

    /**
     * One optimizer step.
     *
     * @param loss mean per supervised token; NaN where the step was skipped
     * @param balance the balance loss; NaN without one
     * @param rate learning rate
     * @param norm of the gradient before clipping
     * @param load mean true experts per token over the routed sites; NaN without routers
     * @param skipped whether a non-finite value kept it from the weights
     */
    public record Step(
            int step,
            double loss,
            double balance,
            double rate,
            double norm,
            double seconds,
            double tokensPerSecond,
            double load,
            boolean skipped) {}

    /** The model on the validation data after {@code step} steps. */
    public record Validation(int step, double loss, double perplexity, double load, List<Layer> layers) {
        public Validation {
            layers = List.copyOf(layers);
        }
    }

    /** Mean true experts per token over a layer's routed sites. */
    public record Layer(int layer, double load, List<RoutedSite> sites) {
        public Layer {
            sites = List.copyOf(sites);
        }
    }

    /**
     * One routed site.
     *
     * @param module its name in the checkpoint
     * @param load mean true experts per token
     * @param share of the tokens that select each expert, true ones first, then nulls
     * @param probability mean over the tokens, in the same order
     */
    public record RoutedSite(String module, double load, List<Double> share, List<Double> probability) {
        public RoutedSite {
            share = List.copyOf(share);
            probability = List.copyOf(probability);
        }
    }

    /**
     * A validation passage.
     *
     * @param tokens their texts
     * @param load mean true experts that each token used, over the routed sites
     */
    public record Passage(int step, List<String> tokens, List<Double> load) {
        public Passage {
            tokens = List.copyOf(tokens);
            load = List.copyOf(load);
        }
    }

    /** The validation before the first step. */
    public Optional<Validation> before() {
        return validations.stream().filter(validation -> validation.step() == 0).findFirst();
    }

    /** The last validation of a trained model. */
    public Optional<Validation> after() {
        return validations.stream().filter(validation -> validation.step() > 0).reduce((earlier, later) -> later);
    }

    /** Of the median step; empty without steps. */
    public OptionalDouble tokensPerSecond() {
        double[] sorted = steps.stream()
                .mapToDouble(Step::tokensPerSecond)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        return sorted.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(sorted[sorted.length / 2]);
    }

    /** @throws GraftException {@code E_NOT_FOUND}; {@code E_METRICS} for a line that is no JSON object, with its number */
    public static Metrics read(Path file) {
        try {
            return parse(file.toString(), Files.readAllLines(file));
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
    }

    static Metrics parse(String source, List<String> lines) {
        Map<String, String> start = new LinkedHashMap<>();
        Map<String, String> end = new LinkedHashMap<>();
        List<Step> steps = new ArrayList<>();
        List<Validation> validations = new ArrayList<>();
        List<Passage> passages = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            JsonNode line = object(source, i + 1, lines.get(i));
            switch (line.path("kind").asText()) {
                case "start" -> flatten("", line, start);
                case "step" -> steps.add(step(line));
                case "validation" -> validations.add(validation(line));
                case "passage" -> passages.add(passage(line));
                case "end" -> flatten("", line, end);
                default -> {} // kinds of a newer Graft
            }
        }
        start.remove("kind");
        end.remove("kind");
        return new Metrics(start, steps, validations, passages, end);
    }

    private static JsonNode object(String source, int number, String line) {
        try {
            JsonNode node = JSON.readTree(line);
            if (node.isObject()) {
                return node;
            }
        } catch (JsonProcessingException e) {
            throw noObject(source, number, e.getOriginalMessage());
        }
        throw noObject(source, number, "found " + line.strip());
    }

    private static GraftException noObject(String source, int number, String found) {
        return new GraftException(
                Issue.error("E_METRICS", source + ":" + number + ": this line is no JSON object: " + found));
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
        return new Step(
                line.path("step").asInt(),
                number(line, "loss"),
                number(line, "balance"),
                number(line, "rate"),
                number(line, "norm"),
                number(line, "seconds"),
                number(line, "tokens_per_s"),
                number(line, "load"),
                line.path("skipped").asBoolean());
    }

    private static Validation validation(JsonNode line) {
        List<Layer> layers = new ArrayList<>();
        for (JsonNode layer : line.path("layers")) {
            List<RoutedSite> sites = new ArrayList<>();
            layer.path("groups").forEach(group -> addSites(group, sites));
            layers.add(new Layer(layer.path("layer").asInt(), number(layer, "load"), sites));
        }
        return new Validation(
                line.path("step").asInt(),
                number(line, "loss"),
                number(line, "perplexity"),
                number(line, "load"),
                layers);
    }

    private static void addSites(JsonNode group, List<RoutedSite> sites) {
        // The router of a MoE block is no site of the adapters: its group has no names.
        for (int i = 0; i < group.path("load").size(); i++) {
            sites.add(new RoutedSite(
                    group.path("sites").path(i).asText(group.path("group").asText()),
                    group.path("load").path(i).asDouble(Double.NaN),
                    numbers(group.path("share").path(i)),
                    numbers(group.path("probability").path(i))));
        }
    }

    private static Passage passage(JsonNode line) {
        List<String> tokens = new ArrayList<>();
        line.path("tokens").forEach(token -> tokens.add(token.asText()));
        return new Passage(line.path("step").asInt(), tokens, numbers(line.path("load")));
    }

    private static double number(JsonNode node, String field) {
        return node.path(field).asDouble(Double.NaN);
    }

    private static List<Double> numbers(JsonNode array) {
        List<Double> numbers = new ArrayList<>();
        array.forEach(value -> numbers.add(value.asDouble(Double.NaN)));
        return numbers;
    }
}
