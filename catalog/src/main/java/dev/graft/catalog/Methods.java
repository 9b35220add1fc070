package dev.graft.catalog;

import static dev.graft.dsl.Graft.all;
import static dev.graft.dsl.Graft.alwaysOn;
import static dev.graft.dsl.Graft.anneal;
import static dev.graft.dsl.Graft.pretrainedCoefficient;
import static dev.graft.dsl.Graft.soft;
import static dev.graft.dsl.Graft.topK;

import dev.graft.dsl.Adapter;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Block;
import dev.graft.dsl.ExpertSpec;
import dev.graft.dsl.LayerSpec;
import dev.graft.dsl.LoraSpec;
import dev.graft.dsl.MoeSpec;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.PretrainedRouterSpec;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.ScaleSource;
import dev.graft.dsl.SurgerySpec;

/**
 * The papers' methods as ready-made fragments with the papers' defaults: {@code s.layers(all(), Methods.moLora(10))}.
 * Fragments are blocks, so {@link Block#then} adds to them.
 */
public final class Methods {
    private static final double PERFT_DROPOUT = 0.05;

    private Methods() {}

    /** LoRA (arXiv 2106.09685) on the query and value projections, alpha twice the rank. */
    public static Block<LayerSpec> lora(int rank) {
        return lora(rank, Block.defaults());
    }

    /** {@link #lora(int)} with other options. */
    public static Block<LayerSpec> lora(int rank, Block<? super LoraSpec> options) {
        return layer ->
                layer.attention(attention -> attention.on(Role.Q, Role.V).lora(rank, options));
    }

    /** (IA)³ (arXiv 2205.05638): one vector each on keys, values and the activated hidden state of the FFN. */
    public static Block<LayerSpec> ia3() {
        return layer -> {
            layer.attention(attention -> attention.on(Role.K, Role.V).ia3());
            layer.ffn(ffn -> ffn.on(Role.HIDDEN).ia3());
        };
    }

    /**
     * MoLORA (arXiv 2309.05444) with token routing: soft mixtures of LoRAs, rank 4, alpha 16, A ~ N(0, 0.02²), on every
     * projection but up (T5's {@code wi_1}).
     *
     * @param experts E; 10 in the paper
     */
    public static Block<LayerSpec> moLora(int experts) {
        return moLora(experts, 4, 16, soft());
    }

    /** {@link #moLora(int)} with another rank, alpha and router, such as {@code topK(2)} or {@code soft().perSentence()}. */
    public static Block<LayerSpec> moLora(int experts, int rank, double alpha, Router router) {
        Block<LoraSpec> options = lora -> lora.alpha(alpha).init(Adapter.Lora.Init.NORMAL);
        return layer -> {
            layer.attention(attention -> attention
                    .on(Role.Q, Role.K, Role.V, Role.O)
                    .mixture(experts, expert -> expert.lora(rank, options))
                    .router(router));
            layer.ffn(ffn -> ffn.on(Role.GATE, Role.DOWN)
                    .mixture(experts, expert -> expert.lora(rank, options))
                    .router(router));
        };
    }

    /**
     * MoV (arXiv 2309.05444) in the paper's form: soft mixtures of (IA)³ vectors on keys, values and the activated hidden
     * state of the FFN, whose router reads that state; the others read the module's input.
     *
     * @param experts E; 10, 30 or 60 in the paper
     */
    public static Block<LayerSpec> mov(int experts) {
        return mov(experts, soft());
    }

    /** {@link #mov(int)} with another router, such as {@code topK(2)}; one by sentence stays so on the FFN. */
    public static Block<LayerSpec> mov(int experts, Router router) {
        Router hidden = router.input() == RouterInput.SENTENCE ? router : router.input(RouterInput.ACTIVATED_HIDDEN);
        return layer -> {
            layer.attention(attention -> attention
                    .on(Role.K, Role.V)
                    .mixture(experts, expert -> expert.ia3())
                    .router(router));
            layer.ffn(ffn ->
                    ffn.on(Role.HIDDEN).mixture(experts, expert -> expert.ia3()).router(hidden));
        };
    }

    /** {@link #mov(int)} of a decoder's cross-attention: its keys and values. */
    public static Block<LayerSpec> crossMov(int experts, Router router) {
        return layer -> layer.crossAttention(attention -> attention
                .on(Role.K, Role.V)
                .mixture(experts, expert -> expert.ia3())
                .router(router));
    }

    /** {@link #moLora(int)} of a decoder's cross-attention: its four projections. */
    public static Block<LayerSpec> crossMoLora(int experts, int rank, double alpha, Router router) {
        return layer -> layer.crossAttention(attention -> attention
                .on(Role.Q, Role.K, Role.V, Role.O)
                .mixture(
                        experts,
                        expert -> expert.lora(rank, lora -> lora.alpha(alpha).init(Adapter.Lora.Init.NORMAL)))
                .router(router));
    }

    /** MoV at the sites of the paper on T5: keys and values of every attention, and the activated hidden states. */
    public static Block<SurgerySpec> movOnT5(int experts, Router router) {
        return surgery -> surgery.encoder(all(), mov(experts, router))
                .decoder(all(), mov(experts, router).then(crossMov(experts, router)));
    }

    /** MoLORA at the sites of the paper on T5: every attention's projections, {@code wi_0} and {@code wo}. */
    public static Block<SurgerySpec> moLoraOnT5(int experts, int rank, double alpha, Router router) {
        Block<LayerSpec> own = moLora(experts, rank, alpha, router);
        return surgery ->
                surgery.encoder(all(), own).decoder(all(), own.then(crossMoLora(experts, rank, alpha, router)));
    }

    /**
     * AdaMoE's Mo-LoRA (arXiv 2406.13233) on the seven projections: LoRA experts of rank 8, alpha 16, with null experts
     * that cost nothing; weights over the selected true experts, balance loss Eq. 6 annealed from 2e-2 to 1e-4 by epoch.
     *
     * @param n true experts (4 in the paper)
     * @param m null experts (5, 7 or 9; 0 for the baselines)
     * @param k selected (4 or 2; 1 or 2 for the baselines)
     */
    public static Block<LayerSpec> adaMoe(int n, int m, int k) {
        return adaMoe(n, m, k, 8);
    }

    /** {@link #adaMoe(int, int, int)} with another rank, alpha twice of it. */
    public static Block<LayerSpec> adaMoe(int n, int m, int k, int rank) {
        Router router = topK(k).nullExperts(m)
                .init(RouterInit.KAIMING_UNIFORM)
                .balance(Balance.of(anneal(2e-2, 1e-4)).ifItTeaches());
        return layer -> {
            layer.attention(attention -> attention
                    .on(Role.Q, Role.K, Role.V, Role.O)
                    .mixture(n, expert -> expert.lora(rank))
                    .router(router));
            layer.ffn(ffn -> ffn.on(Role.GATE, Role.UP, Role.DOWN)
                    .mixture(n, expert -> expert.lora(rank))
                    .router(router));
        };
    }

    /**
     * AdaMoE on a MoE model (arXiv 2406.13233): null experts beside the pretrained ones, whose router rows start as copies
     * of the pretrained rows; LoRA of rank 8, alpha 16, on the router, on the null rows and on every expert; balance loss
     * Eq. 6 annealed from 2e-2 to 1e-4 by epoch in place of the pretraining's.
     *
     * @param m null experts, a multiple of the pretrained ones (8 on Mixtral)
     * @param k selected, null ones included (3)
     */
    public static Block<LayerSpec> adaMoeExpansion(int m, int k) {
        return adaMoeExpansion(m, k, 8);
    }

    /** {@link #adaMoeExpansion(int, int)} with another rank, alpha twice of it. */
    public static Block<LayerSpec> adaMoeExpansion(int m, int k, int rank) {
        return layer -> layer.moe(moe -> {
            moe.router(r -> {
                if (m > 0) {
                    r.nullExperts(m);
                }
                r.topK(k).lora(rank).balance(Balance.of(anneal(2e-2, 1e-4)).ifItTeaches());
            });
            moe.experts(expert -> expert.lora(rank));
        });
    }

    /**
     * PERFT-R (arXiv 2411.08212): {@code count} adapters beside the MoE block behind a router of their own, normalised as
     * the pretrained one; both routers' balance losses have the pretraining's coefficient.
     *
     * @param count N
     * @param k K, the adapters that a token uses
     * @param adapter {@link #perftLora} or {@link #perftParallel}
     */
    public static Block<LayerSpec> perftR(int count, int k, Block<ExpertSpec> adapter) {
        Router router = topK(k).normalise(Normalisation.AS_PRETRAINED)
                .balance(Balance.of(pretrainedCoefficient()).ifItTeaches());
        return beside(moe -> moe.beside().mixture(count, adapter).router(router));
    }

    /**
     * PERFT-R as the published code runs it on OLMoE: the pretrained router's largest weights scale the adapters, so their
     * own router learns from its balance loss only.
     */
    public static Block<LayerSpec> perftRHostScaled(int count, int k, Block<ExpertSpec> adapter) {
        Router router = topK(k).normalise(Normalisation.AS_PRETRAINED)
                .scale(ScaleSource.HOST)
                .balance(pretrainedCoefficient());
        return beside(moe -> moe.beside().mixture(count, adapter).router(router));
    }

    /** PERFT-E (arXiv 2411.08212): one adapter for each pretrained expert, weighed as the pretrained router weighs that. */
    public static Block<LayerSpec> perftE(Block<ExpertSpec> adapter) {
        return beside(moe -> moe.beside().perExpert(adapter));
    }

    /** PERFT-D (arXiv 2411.08212): {@code count} adapters beside the MoE block, all of them always on. */
    public static Block<LayerSpec> perftD(int count, Block<ExpertSpec> adapter) {
        return beside(moe -> moe.beside().mixture(count, adapter).router(alwaysOn()));
    }

    /** PERFT-S (arXiv 2411.08212): a single adapter beside the MoE block. */
    public static Block<LayerSpec> perftS(Block<ExpertSpec> adapter) {
        return perftD(1, adapter);
    }

    /** PERFT's adapter in LoRA form: alpha twice the rank, dropout 0.05, starting near zero. */
    public static Block<ExpertSpec> perftLora(int rank) {
        return expert ->
                expert.lora(rank, lora -> lora.init(Adapter.Lora.Init.NEAR_ZERO).dropout(PERFT_DROPOUT));
    }

    /** PERFT's parallel adapter W₂ silu(W₁ x): unscaled, dropout 0.05, starting near zero. */
    public static Block<ExpertSpec> perftParallel(int rank) {
        return expert -> expert.parallel(rank, PERFT_DROPOUT);
    }

    /** Everything pretrained stays frozen, and the pretraining's balance loss stays in force. */
    private static Block<LayerSpec> beside(Block<MoeSpec> adapters) {
        return layer -> layer.moe(moe -> {
            moe.router(PretrainedRouterSpec::keepBalance);
            adapters.accept(moe);
        });
    }
}
