package dev.graft.catalog;

import static dev.graft.dsl.Graft.anneal;
import static dev.graft.dsl.Graft.soft;
import static dev.graft.dsl.Graft.topK;

import dev.graft.dsl.Adapter;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Block;
import dev.graft.dsl.LayerSpec;
import dev.graft.dsl.LoraSpec;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.RouterInput;

/**
 * The papers' methods as ready-made fragments with the papers' defaults: {@code s.layers(all(), Methods.moLora(10))}.
 * Fragments are blocks, so {@link Block#then} adds to them.
 */
public final class Methods {
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
        Router hidden =
                router.input() == RouterInput.MODULE_INPUT ? router.input(RouterInput.ACTIVATED_HIDDEN) : router;
        return layer -> {
            layer.attention(attention -> attention
                    .on(Role.K, Role.V)
                    .mixture(experts, expert -> expert.ia3())
                    .router(router));
            layer.ffn(ffn ->
                    ffn.on(Role.HIDDEN).mixture(experts, expert -> expert.ia3()).router(hidden));
        };
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
}
