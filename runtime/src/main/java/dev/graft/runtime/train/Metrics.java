package dev.graft.runtime.train;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
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
     * @param flops what a token costs at this load; null where nobody counts
     * @param layers what the routers of each layer decided, to six decimals; empty without routers, and in the lines of steps
     *     between those that tell it
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
            @Nullable Flops flops,
            List<LayerLoad> layers) {

        StepMetrics withoutRouting() {
            return new StepMetrics(
                    step,
                    epoch,
                    loss,
                    balance,
                    rate,
                    norm,
                    tokens,
                    seconds,
                    tokensPerSecond,
                    load,
                    skipped,
                    flops,
                    List.of());
        }
    }

    /**
     * Products with weights, counted at the loads that were measured.
     *
     * @param perToken two FLOPs a multiply-add, of base and adapters
     * @param saved the part of those at full load that is left out; negative where the load is above that
     */
    public record Flops(@JsonProperty("per_token") long perToken, double saved) {}

    /**
     * One validation.
     *
     * @param step the weights are those after it
     * @param loss mean over the supervised tokens
     * @param load as in {@link StepMetrics}
     * @param flops as in {@link StepMetrics}
     * @param tasks the same of each task; empty where the data are no tasks
     */
    public record ValidationMetrics(
            long step,
            double loss,
            double perplexity,
            long tokens,
            @Nullable Double load,
            @Nullable Flops flops,
            List<LayerLoad> layers,
            List<TaskMetrics> tasks) {}

    /** A task's part of a validation. */
    public record TaskMetrics(
            String task, double loss, long tokens, @Nullable Double load, List<LayerLoad> layers) {}

    /** A layer's mean load, and its groups of sites that share an input. */
    public record LayerLoad(int layer, double load, List<GroupLoad> groups) {}

    /**
     * The sites of a group, in the same order everywhere.
     *
     * @param sites their modules; empty for the MoE block's own router
     * @param nulls how many of the experts are null ones
     * @param load true experts that a token selects
     * @param share of the tokens that select each expert, true ones first
     * @param probability mean softmax probability of each expert
     * @param entropy mean entropy of a token's softmax, in nats: 0 where every token is sure of one expert
     */
    public record GroupLoad(
            String group,
            List<String> sites,
            int nulls,
            List<Double> load,
            List<List<Double>> share,
            List<List<Double>> probability,
            List<Double> entropy) {

        /** What a site is called: its module or, of the MoE block's own router, the group. */
        public String site(int index) {
            return sites.isEmpty() ? group : sites.get(index);
        }

        /** {@code expert_0}, …, then {@code null_0}, …. */
        public String expert(int index) {
            int experts = share.get(0).size() - nulls;
            return index < experts ? "expert_" + index : "null_" + (index - experts);
        }
    }

    /**
     * A router that has sent tokens to few of its experts for so many steps. Told once, when the last of them is made.
     *
     * @param withoutTokens true experts that no token selected; of a soft router those with less than a hundredth of their
     *     even part
     * @param nearlyAll experts that nearly every token selected, or with nearly all of the probability of a soft router
     */
    public record Collapse(
            long step,
            int layer,
            String site,
            int steps,
            @JsonProperty("without_tokens") List<String> withoutTokens,
            @JsonProperty("nearly_all") List<String> nearlyAll) {

        /**
         * Those of one step in a line: {@code router collapsed: layer 3, …q_proj: for 20 steps no tokens for expert_1, nearly
         * all for expert_2}, and of several the first one and how many more.
         */
        public static String words(List<Collapse> routers) {
            Collapse first = routers.get(0);
            return routers.size() == 1
                    ? "router collapsed: " + first.words()
                    : routers.size() + " routers collapsed (all in " + MetricsLog.NAME + "), the first: "
                            + first.words();
        }

        private String words() {
            List<String> parts = new ArrayList<>();
            if (!withoutTokens.isEmpty()) {
                parts.add("no tokens for " + String.join(", ", withoutTokens));
            }
            if (!nearlyAll.isEmpty()) {
                parts.add("nearly all for " + String.join(", ", nearlyAll));
            }
            return "layer " + layer + ", " + site + ": for " + steps + " steps " + String.join("; ", parts);
        }
    }

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
