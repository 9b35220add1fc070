package dev.graft.report;

import dev.graft.checkpoint.FileProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * @param collapses routers that collapsed, in order of their steps
 * @param passages validation passages, in order of their steps; empty where nothing is routed
 * @param end what the run said last; empty for a run that did not end
 */
public record Metrics(
        Map<String, String> start,
        List<Step> steps,
        List<Validation> validations,
        List<Collapse> collapses,
        List<Passage> passages,
        Map<String, String> end) {
    public static final String FILE = "metrics.jsonl";

    public Metrics {
        start = Collections.unmodifiableMap(new LinkedHashMap<>(start));
        steps = List.copyOf(steps);
        validations = List.copyOf(validations);
        collapses = List.copyOf(collapses);
        passages = List.copyOf(passages);
        end = Collections.unmodifiableMap(new LinkedHashMap<>(end));
    }

    /**
     * One optimizer step.
     *
     * @param epoch passes over the data that were complete before it
     * @param loss mean per supervised token; NaN where the step was skipped
     * @param balance the balance loss; NaN without one
     * @param rate learning rate
     * @param norm of the gradient before clipping
     * @param load mean true experts per token over the routed sites; NaN without routers
     * @param saved the part of the FLOPs at full load that its load saved; NaN where nobody counted
     * @param skipped whether a non-finite value kept it from the weights
     * @param layers empty where the line doesn't tell what routers decided
     */
    public record Step(
            int step,
            int epoch,
            double loss,
            double balance,
            double rate,
            double norm,
            long tokens,
            double seconds,
            double tokensPerSecond,
            double load,
            double saved,
            boolean skipped,
            List<Trace> layers) {
        public Step {
            layers = List.copyOf(layers);
        }
    }

    /** What a layer's routers did in one step: true experts per token, and the mean entropy of their softmax in nats. */
    public record Trace(int layer, double load, double entropy) {}

    /**
     * The model on the validation data after {@code step} steps.
     *
     * @param saved as in {@link Step}
     * @param tasks the same of each task; empty where the data are no tasks
     */
    public record Validation(
            int step,
            double loss,
            double perplexity,
            double load,
            double saved,
            List<Layer> layers,
            List<TaskRouting> tasks) {
        public Validation {
            layers = List.copyOf(layers);
            tasks = List.copyOf(tasks);
        }
    }

    /** What the routers decided about the tokens of one task. */
    public record TaskRouting(String task, List<Layer> layers) {
        public TaskRouting {
            layers = List.copyOf(layers);
        }
    }

    /**
     * A router that collapsed.
     *
     * @param steps for so many in a row
     * @param withoutTokens experts
     * @param nearlyAll experts
     */
    public record Collapse(
            int step, int layer, String site, int steps, List<String> withoutTokens, List<String> nearlyAll) {
        public Collapse {
            withoutTokens = List.copyOf(withoutTokens);
            nearlyAll = List.copyOf(nearlyAll);
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
     * @param nulls how many of the experts are null ones
     * @param load mean true experts per token
     * @param share of the tokens that select each expert, true ones first, then nulls
     * @param probability mean over the tokens, in the same order
     * @param entropy mean of the softmax's, in nats; NaN in metrics of older versions
     */
    public record RoutedSite(
            String module, int nulls, double load, List<Double> share, List<Double> probability, double entropy) {
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

    /** The last validation, of whatever model. */
    Optional<Validation> last() {
        return after().or(this::before);
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

    /** @throws dev.graft.issue.GraftException {@code E_NOT_FOUND}; {@code E_METRICS} for a line that is no JSON object, with its number */
    public static Metrics read(Path file) {
        try {
            return parse(file.toString(), Files.readAllLines(file));
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
    }

    static Metrics parse(String source, List<String> lines) {
        MetricsReader reader = new MetricsReader();
        for (int i = 0; i < lines.size(); i++) {
            reader.add(source + ":" + (i + 1), lines.get(i));
        }
        return reader.metrics();
    }
}
