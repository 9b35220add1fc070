package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Merge;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.Selection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Routers and the experts that they mix, for groups of S sites that share one input: one router product and one product
 * of stacked first factors serve the whole group. T tokens, n true and m null experts, r rank.
 */
public final class Mixtures {
    private final Calls calls;

    Mixtures(Calls calls) {
        this.calls = calls;
    }

    /**
     * Routes every token (with sentence routing: every sequence, by the mean of its prompt).
     *
     * @param x what the router reads: [T, d]
     * @param router rows of all sites, each true experts first: fp32 [S·(n+m), d]
     */
    public RouterDecision route(NDArray x, NDArray router, int sites, Router rule, Rows rows) {
        if (rule.input() != RouterInput.SENTENCE) {
            return mix(logits(x, router, sites), sites, rule);
        }
        try (NDArray means = promptMeans(x, rows)) {
            RouterDecision sequences = mix(logits(means, router, sites), sites, rule);
            return new RouterDecision(
                    spread(sequences.gates(), rows), spread(sequences.load(), rows), sequences.statistics(), null);
        }
    }

    /**
     * Routes every token by its own x, and forms the hidden state of the LoRA experts, which read the same x.
     *
     * @param x [T, d]
     * @param a the experts' first factors, all sites' stacked, and below them the routers' rows of all sites, each true
     *     experts first: [S·n·r + S·(n+m), d], of any float type
     * @param rows of x; dropout masks follow its examples
     */
    public LoraMixture loraMixture(
            NDArray x, NDArray a, int sites, Router rule, Adapter.Lora lora, Dropout dropout, Rows rows) {
        long width = width(a, sites, rule, lora.rank());
        if (dropout.rate() > 0) {
            NDArray router = calls.one("narrow", a, 0, width, a.getShape().get(0) - width);
            RouterDecision decision = mix(logits(x, router, sites), sites, rule);
            NDArray factors = calls.one("narrow", a, 0, 0, width);
            return new LoraMixture(
                    loraHidden(x, factors, decision.gates(), sites, lora.scale(), rule.merge(), dropout, rows),
                    decision);
        }
        List<NDArray> both = calls.many("products_and_logits", x, a, width, sites);
        RouterDecision decision = mix(both.get(1), sites, rule);
        Gates gates = decision.gates();
        NDArray state =
                calls.one("weighed", both.get(0), gates.weights(), sites, lora.scale(), rule.merge() == Merge.FACTORS);
        return new LoraMixture(new LoraHidden(state, gates.share()), decision);
    }

    /** S·n·r, of a's S·n·r + S·(n+m) rows. */
    private static long width(NDArray a, int sites, Router rule, int rank) {
        long experts = (a.getShape().get(0) / sites - rule.nulls().count()) / (rank + 1L);
        return sites * experts * rank;
    }

    /** The mean of each sequence's prompt: x [T, d] → fp32 [sequences, d]. */
    NDArray promptMeans(NDArray x, Rows rows) {
        return calls.one("prompt_means", x, rows.lengths(), rows.prompts());
    }

    /** x [R, d], router [S·(n+m), d] → fp32 [R, S, n+m]. */
    NDArray logits(NDArray x, NDArray router, int sites) {
        return calls.one("router_logits", x, router, sites);
    }

    private Gates spread(Gates sequences, Rows rows) {
        NDArray share = sequences.share();
        return new Gates(spread(sequences.weights(), rows), share == null ? null : spread(share, rows));
    }

    private NDArray spread(NDArray sequences, Rows rows) {
        return calls.one("spread", sequences, rows.lengths());
    }

    /** The decision for fp32 logits [R, S, n+m] of R rows: tokens, or with sentence routing sequences. */
    public RouterDecision mix(NDArray logits, int sites, Router rule) {
        Mixed mixed = mixed(logits, rule);
        return new RouterDecision(
                new Gates(mixed.weights(), addsInput(rule.nulls()) ? mixed.share() : null),
                mixed.load(),
                new RouterStatistics(
                        mixed.selectedSum(),
                        mixed.probabilitySum(),
                        mixed.entropySum(),
                        logits.getShape().get(0),
                        sites,
                        rule.nulls().count()),
                logits);
    }

    /** Whether null experts pass x on, so that their share counts. */
    static boolean addsInput(NullExperts nulls) {
        return nulls.count() > 0 && nulls.kind() == NullExperts.Kind.IDENTITY;
    }

    Mixed mixed(NDArray logits, Router rule) {
        Selection selection = rule.selection();
        String kind = "soft";
        int k = 0;
        double threshold = 0;
        if (selection instanceof Selection.TopK top) {
            kind = "top-k";
            k = top.k();
        } else if (selection instanceof Selection.TopP top) {
            kind = "top-p";
            threshold = top.threshold();
        }
        NullExperts nulls = rule.nulls();
        boolean ofSelected = nulls.share() == NullExperts.Share.OF_SELECTED;
        return Mixed.of(
                calls.many("mix", logits, nulls.count(), kind, k, threshold, word(rule.normalisation()), ofSelected));
    }

    // ---- generation: nobody asks what was decided, and on the CPU Java decides ----

    /**
     * The gates of {@link #route(NDArray, NDArray, int, Router, Rows)}.
     *
     * @param cache where the sequences' gates of sentence routing are kept after the prompt
     */
    public Gates gates(NDArray x, NDArray router, int sites, Router rule, Rows rows, KvCache.Layer cache) {
        if (rule.input() != RouterInput.SENTENCE) {
            return asked(x, router, sites, rule);
        }
        Gates kept = cache.sentenceGates(router);
        if (kept == null) {
            try (NDArray means = promptMeans(x, rows)) {
                kept = new Mixtures(calls.in(cache.scope())).asked(means, router, sites, rule);
            }
            cache.keepSentenceGates(router, kept);
        }
        return spread(kept, rows);
    }

    /** The hidden state of {@link #loraMixture}, without dropout; on the CPU in fp32. */
    public LoraHidden loraHidden(NDArray x, NDArray a, int sites, Router rule, Adapter.Lora lora, Rows rows) {
        if (calls.onDevice()) {
            return loraMixture(x, a, sites, rule, lora, Dropout.NONE, rows).hidden();
        }
        int width = Math.toIntExact(width(a, sites, rule, lora.rank()));
        int experts = (Math.toIntExact(a.getShape().get(0)) - width) / sites;
        boolean shared = addsInput(rule.nulls());
        List<NDArray> both = calls.many("unweighed", x, a, width, sites, shared);
        new HostRouting(rule, experts).weigh(calls.memory(both.get(0)), sites, lora);
        return new LoraHidden(both.get(0), shared ? both.get(1) : null);
    }

    /** Those of {@link #mix}. */
    public Gates gates(NDArray logits, Router rule) {
        if (calls.onDevice()) {
            return mix(logits, Math.toIntExact(logits.getShape().get(1)), rule).gates();
        }
        NullExperts nulls = rule.nulls();
        return decided(calls.many("copied_undecided", logits, nulls.count(), addsInput(nulls)), rule);
    }

    private Gates asked(NDArray x, NDArray router, int sites, Router rule) {
        if (calls.onDevice()) {
            return mix(logits(x, router, sites), sites, rule).gates();
        }
        NullExperts nulls = rule.nulls();
        return decided(calls.many("asked", x, router, sites, nulls.count(), addsInput(nulls)), rule);
    }

    private Gates decided(List<NDArray> parts, Router rule) {
        NDArray logits = parts.get(0);
        new HostRouting(rule, Math.toIntExact(logits.getShape().get(2))).decide(calls.memory(logits));
        return new Gates(parts.get(1), addsInput(rule.nulls()) ? parts.get(2) : null);
    }

    private static String word(Normalisation normalisation) {
        return normalisation.name().toLowerCase(Locale.ROOT);
    }

    /**
     * The hidden state of LoRA experts that these gates weigh.
     *
     * @param x [T, d]
     * @param a the experts' first factors, all sites' stacked: [S·n·r, d], of any float type
     * @param gates null for a single expert without a router
     * @param sites S
     * @param scale α/r
     * @param rows of x; dropout masks follow its examples
     * @return in x's type; a single row, as generation has it, in fp32
     */
    public LoraHidden loraHidden(
            NDArray x,
            NDArray a,
            @Nullable Gates gates,
            int sites,
            double scale,
            Merge merge,
            Dropout dropout,
            Rows rows) {
        NDArray state = calls.one(
                "lora_hidden",
                x,
                a,
                gates == null ? null : gates.weights(),
                sites,
                scale,
                merge == Merge.FACTORS,
                dropout.rate(),
                dropout.key().value(),
                dropout.rate() > 0 ? calls.one("token_streams", rows.examples(), rows.positions()) : null);
        return new LoraHidden(state, gates == null ? null : gates.share());
    }

    /**
     * (IA)³: y scaled by a mixture of vectors.
     *
     * @param y a linear map's output, or an activated hidden state: [T, o]
     * @param gates null for a single vector without a router
     * @param site which of the group's sites this is
     * @param vectors fp32 [n, o]
     * @return [T, o] in y's type
     */
    public NDArray scaleBy(NDArray y, @Nullable Gates gates, int site, NDArray vectors) {
        return calls.one("scale_by", y, gates == null ? null : gates.weights(), site, vectors);
    }

    /**
     * (IA)³ whose router reads each projected head (MoV's published code).
     *
     * @param y [T, heads·width]
     * @param gates of y seen as [T·heads, width]
     * @param vectors fp32 [n, heads, width]
     */
    public NDArray scaleHeads(NDArray y, Gates gates, NDArray vectors) {
        return calls.one("scale_heads", y, gates.weights(), vectors);
    }

    /**
     * The balance loss of the routed groups of a micro-batch: coefficient · (n+m) · Σ f̃_i P_i over each pool of the rule's
     * scope, summed over pools. Groups with different (n, m) never share a pool.
     *
     * @param layers the statistics of each layer's groups; layers without any are empty
     * @param coefficient at this step
     * @return an fp32 scalar
     */
    public NDArray balanceLoss(List<List<RouterStatistics>> layers, Balance rule, double coefficient) {
        return balanceLoss(layers, layers, rule, coefficient);
    }

    /**
     * The share of a part of the micro-batch in that loss; the shares of all parts add up to it.
     *
     * @param part the statistics of the part, which P comes from
     * @param whole those of all parts, this one among them, which f comes from; the same layers
     */
    public NDArray balanceLoss(
            List<List<RouterStatistics>> part, List<List<RouterStatistics>> whole, Balance rule, double coefficient) {
        Map<Pool, List<RouterStatistics>> wholes = pools(whole, rule);
        return pools(part, rule).entrySet().stream()
                .map(pool ->
                        poolLoss(pool.getValue(), Objects.requireNonNull(wholes.get(pool.getKey())), rule, coefficient))
                .reduce((a, b) -> calls.one("add", a, b))
                .orElseThrow(() -> new IllegalArgumentException("no router"));
    }

    private static Map<Pool, List<RouterStatistics>> pools(List<List<RouterStatistics>> layers, Balance rule) {
        Map<Pool, List<RouterStatistics>> pools = new LinkedHashMap<>();
        for (int layer = 0; layer < layers.size(); layer++) {
            for (RouterStatistics group : layers.get(layer)) {
                int own = rule.scope() == Balance.Scope.PER_LAYER ? layer : 0;
                Pool pool = new Pool(own, group.selected().getShape().get(1), group.nulls());
                pools.computeIfAbsent(pool, p -> new ArrayList<>()).add(group);
            }
        }
        return pools;
    }

    private record Pool(int layer, long experts, int nulls) {}

    private NDArray poolLoss(
            List<RouterStatistics> part, List<RouterStatistics> whole, Balance rule, double coefficient) {
        return calls.one(
                "balance_loss",
                whole.stream().map(RouterStatistics::selected).toList(),
                part.stream().map(RouterStatistics::probabilities).toList(),
                (double) whole.stream().mapToLong(g -> g.rows() * g.sites()).sum(),
                part.get(0).nulls(),
                rule.nullLoad() == Balance.NullLoad.AVERAGED,
                rule.loadSum() == Balance.LoadSum.ONE,
                coefficient);
    }
}
