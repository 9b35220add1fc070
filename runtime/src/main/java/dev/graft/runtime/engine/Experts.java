package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Router;
import dev.graft.dsl.Selection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Mixture-of-experts blocks: the pretrained experts behind their router, and what stands beside a block. T tokens, d
 * hidden size, n true and m null experts of inner size F, r rank.
 */
public final class Experts {
    private final Calls calls;

    Experts(Calls calls) {
        this.calls = calls;
    }

    /**
     * The logits of a pretrained router that null experts may have widened, computed in fp32.
     *
     * @param x [T, d]
     * @param gate the pretrained router [n, d]
     * @param gate2 the null experts' rows [m, d]; null where null expert j is a copy of true expert j mod n: its logit is
     *     then copied, so that the two are tied exactly
     * @param nulls m
     * @param h LoRA hidden states [T, r or 2r] with the scale in them, gate's columns first; null without LoRA
     * @param b [r, n]; null without LoRA on gate
     * @param b2 [r, m]; null without LoRA on gate2
     * @return fp32 [T, 1, n+m]
     */
    public NDArray routerLogits(
            NDArray x,
            NDArray gate,
            @Nullable NDArray gate2,
            int nulls,
            @Nullable LoraHidden h,
            @Nullable NDArray b,
            @Nullable NDArray b2) {
        return calls.one("expanded_logits", x, gate, gate2, nulls, h == null ? null : h.state(), b, b2);
    }

    /** The logits of a pretrained router as it is: fp32 [T, 1, n]. */
    public NDArray routerLogits(NDArray x, NDArray gate) {
        return routerLogits(x, gate, null, 0, null, null, null);
    }

    /** The logits of a pretrained router that null experts have widened, without LoRA: fp32 [T, 1, n+m]. */
    public NDArray routerLogits(NDArray x, NDArray gate, @Nullable NDArray gate2, int nulls) {
        return routerLogits(x, gate, gate2, nulls, null, null, null);
    }

    /** {@link #dispatch(NDArray, Gates, Activation, ExpertWeights, ExpertLora, ExpertLora, ExpertLora, Rows)} without LoRA. */
    public NDArray dispatch(NDArray x, Gates gates, Activation activation, ExpertWeights weights, Rows rows) {
        return dispatch(x, gates, activation, weights, null, null, null, rows);
    }

    /**
     * Σ_e gates[t, e] · E_e(x[t]) + share[t] · x[t], with E(x) = down(activation(gate x) ⊙ up x). Works for selected
     * pairs of a token and a true expert only: null experts cost nothing. The same numbers every time, forward and
     * backward; the host waits for the device once, for the number of pairs of each expert.
     *
     * @param x [T, d]
     * @param gates of one site, [T, 1, n]
     * @param gate LoRA of the role in all experts; null without
     * @param up as {@code gate}
     * @param down as {@code gate}
     * @param rows of x; dropout masks follow its examples
     * @return [T, d] in x's type
     */
    public NDArray dispatch(
            NDArray x,
            Gates gates,
            Activation activation,
            ExpertWeights weights,
            @Nullable ExpertLora gate,
            @Nullable ExpertLora up,
            @Nullable ExpertLora down,
            Rows rows) {
        long hidden = x.getShape().get(1);
        long inner = weights.gate().get(0).getShape().get(0);
        return calls.one(
                "dispatch",
                x,
                gates.weights(),
                gates.share(),
                weights.gate(),
                weights.up(),
                weights.down(),
                activation.word(),
                factors(x, gate, weights.count(), hidden, rows),
                factors(x, up, weights.count(), hidden, rows),
                factors(x, down, weights.count(), inner, rows));
    }

    private List<NDArray> factors(NDArray x, @Nullable ExpertLora lora, int experts, long width, Rows rows) {
        if (lora == null) {
            return List.of();
        }
        List<NDArray> factors = calls.many("expert_factors", x, lora.a(), lora.site(), lora.b(), experts, lora.scale());
        NDArray mask = mask(x, width, lora.site(), lora.dropout(), rows);
        return mask == null ? factors : List.of(factors.get(0), factors.get(1), mask);
    }

    /** What dropout multiplies a site's input with: [T, width], or null where nothing is dropped. */
    private @Nullable NDArray mask(NDArray x, long width, int site, Dropout dropout, Rows rows) {
        return dropout.rate() == 0
                ? null
                : calls.one(
                        "dropout_mask",
                        x,
                        calls.one("token_streams", rows.examples(), rows.positions()),
                        width,
                        dropout.key().value(),
                        site,
                        dropout.rate());
    }

    /**
     * The hidden state of N parallel adapters (PERFT's W₂ silu(W₁ x)) with their gates in it, for {@link #plus}.
     *
     * @param x what the block's experts read: [T, d]
     * @param w1 the adapters' first factors, stacked: [N·r, d], of any float type
     * @param gates [T, 1, N]; null where every adapter counts fully
     * @param rows of x; dropout masks follow its examples
     * @return [T, N·r] in x's type
     */
    public NDArray parallelHidden(NDArray x, NDArray w1, @Nullable Gates gates, Dropout dropout, Rows rows) {
        return calls.one(
                "parallel_hidden",
                x,
                w1,
                gates == null ? null : gates.weights(),
                mask(x, x.getShape().get(1), 0, dropout, rows));
    }

    /** y [T, d] + h [T, k] · b [k, d], rounded once to y's type; b of any float type. */
    public NDArray plus(NDArray y, NDArray h, NDArray b) {
        return calls.one("plus", y, h, b);
    }

    /** The same with LoRA experts beside the block, one site. */
    public NDArray plus(NDArray y, LoraHidden h, NDArray b) {
        return plus(y, h.state(), b);
    }

    /**
     * The gates of adapters that are chosen by their own router and weighted by the block's (PERFT-R as published for
     * OLMoE): the adapter with the i-th largest own probability gets the i-th largest weight of the host.
     *
     * @param logits of the adapters' own router: fp32 [T, 1, N]
     * @param host the block's gates; at least K experts of each token are selected
     * @param rule of the adapters' router: top-K without null experts
     * @return weights [T, 1, N]; load and statistics are those of the adapters' own router
     */
    public RouterDecision hostScaled(NDArray logits, Gates host, Router rule) {
        RouterDecision own = new Mixtures(calls).mix(logits, 1, rule);
        return new RouterDecision(hostScaledGates(logits, host, rule), own.load(), own.statistics(), logits);
    }

    /** The gates of {@link #hostScaled} alone, for generation. */
    public Gates hostScaledGates(NDArray logits, Gates host, Router rule) {
        if (!(rule.selection() instanceof Selection.TopK top) || rule.nulls().count() > 0) {
            throw new IllegalArgumentException("host scale needs top-k without null experts, not " + rule);
        }
        return new Gates(calls.one("host_scaled", logits, host.weights(), top.k()), null);
    }

    /** y [T, d] · sigmoid(logits [T, 1]), rounded to y's type (the gate of Qwen2-MoE's shared expert). */
    public NDArray sigmoidScaled(NDArray y, NDArray logits) {
        return calls.one("sigmoid_scaled", y, logits);
    }
}
