package dev.graft.runtime.train;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** The lines of {@code metrics.jsonl}. */
public final class Metrics {
    private Metrics() {}

    static @Nullable Double orNull(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }

    static @Nullable Double finiteOrNull(double value) {
        return Double.isFinite(value) ? value : null;
    }

    /**
     * What a run begins with.
     *
     * @param step the step before the first; 0 unless the run goes on from a saved state
     * @param steps of the whole run
     * @param parameters trainable ones
     * @param settings of the training, by name
     * @param data what was read
     * @param machine what it runs on
     */
    public record RunStart(
            long step,
            long steps,
            @JsonProperty("plan_hash") String planHash,
            @JsonProperty("model_hash") String modelHash,
            long parameters,
            Map<String, Object> settings,
            Map<String, Object> data,
            Map<String, Object> machine) {}

    /**
     * One optimizer step.
     *
     * @param loss mean over the supervised tokens; null where it is not finite or there are none
     * @param balance the balance losses with their coefficients; null without any
     * @param norm of the gradient before clipping; null where it is not finite
     * @param load mean of the true experts that a token selects, over the MoE blocks or else over the routed sites; null
     *     without routers
     * @param skipped whether the step left the weights as they were
     * @param layers what the routers of each layer decided, to six decimals; empty without routers
     */
    public record StepMetrics(
            long step,
            long epoch,
            @Nullable Double loss,
            @Nullable Double balance,
            double rate,
            @Nullable Double norm,
            long tokens,
            double seconds,
            @JsonProperty("tokens_per_s") double tokensPerSecond,
            @Nullable Double load,
            boolean skipped,
            List<LayerLoad> layers) {}

    /**
     * One validation.
     *
     * @param step the weights are those after it
     * @param loss mean over the supervised tokens
     * @param load as in {@link StepMetrics}
     */
    public record ValidationMetrics(
            long step,
            double loss,
            double perplexity,
            long tokens,
            @Nullable Double load,
            List<LayerLoad> layers) {}

    /** A layer's mean load, and its groups of sites that share an input. */
    public record LayerLoad(int layer, double load, List<GroupLoad> groups) {}

    /**
     * The sites of a group, in the same order everywhere.
     *
     * @param load true experts that a token selects
     * @param share of the tokens that select each expert, true ones first
     * @param probability mean softmax probability of each expert
     * @param entropy mean entropy of a token's softmax, in nats: 0 where every token is sure of one expert
     */
    public record GroupLoad(
            String group,
            List<String> sites,
            List<Double> load,
            List<List<Double>> share,
            List<List<Double>> probability,
            List<Double> entropy) {}

    /**
     * A validation passage, token by token.
     *
     * @param tokens their texts
     * @param load true experts that each selects, mean over the routed sites
     */
    public record Passage(long step, List<String> tokens, List<Double> load) {}

    /**
     * How a run ended.
     *
     * @param skipped steps that left the weights as they were
     * @param bestStep the step with the lowest validation loss; null without validation
     * @param bestLoss that loss
     */
    public record RunEnd(
            long step,
            long skipped,
            @JsonProperty("best_step") @Nullable Long bestStep,
            @JsonProperty("best_loss") @Nullable Double bestLoss,
            double seconds) {}
}
