package dev.graft.surgery;

import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Optimizer;
import dev.graft.dsl.Training;
import dev.graft.fixtures.HeadersOnly;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BudgetTest {
    @TempDir
    Path folder;

    @Test
    void lora_on_q_and_v_of_llama_2_7b_trains_what_peft_prints() {
        Checkpoint llama = HeadersOnly.llama2of7B().open(folder);

        InjectionPlan plan = Surgeon.plan(
                surgery(
                        "plain",
                        s -> s.layers(
                                all(),
                                layer -> layer.attention(
                                        attention -> attention.on(Q, V).lora(8)))),
                llama);

        // PEFT's own output for r = 8 on q_proj and v_proj of Llama-2-7B.
        assertThat(plan.budget().line())
                .isEqualTo("trainable params: 4,194,304 || all params: 6,742,609,920 || trainable%: 0.0622");
    }

    @Test
    void lora_of_rank_16_on_all_seven_projections_of_llama_2_7b_trains_40_million() {
        Checkpoint llama = HeadersOnly.llama2of7B().open(folder);

        InjectionPlan plan = Surgeon.plan(
                surgery(
                        "all-linear",
                        s -> s.layers(all(), layer -> {
                            layer.attention(
                                    attention -> attention.on(Q, K, V, O).lora(16));
                            layer.ffn(ffn -> ffn.on(GATE, UP, DOWN).lora(16));
                        })),
                llama);

        // 32 · 16 · (4 · (4096 + 4096) + 3 · (4096 + 11008)); QLoRA's 7B adapters of this rank have as many.
        assertThat(plan.budget().trainable()).isEqualTo(39_976_960L);
        assertThat(plan.budget().activated()).isEqualTo(39_976_960L);
    }

    @Test
    void mixture_activates_its_router_and_the_balanced_load_of_experts() {
        Checkpoint llama = HeadersOnly.small().open(folder);

        InjectionPlan plan = Surgeon.plan(
                surgery(
                        "adamoe",
                        s -> s.layers(
                                first(1),
                                layer -> layer.attention(attention -> attention
                                        .on(Q)
                                        .mixture(4, expert -> expert.lora(2))
                                        .router(topK(4).nullExperts(5).balance(constant(0.01)))))),
                llama);

        long expert = 2 * (64 + 64);
        long router = 9 * 64;
        assertThat(plan.budget().trainable()).isEqualTo(4 * expert + router);
        assertThat(plan.budget().activated()).isEqualTo(Math.round(router + 4.0 * 4 / 9 * expert));
        assertThat(plan.budget().balancedFlops() - plan.budget().baseFlops())
                .isEqualTo(Math.round(2 * router + 2 * 16.0 / 9 * expert));
        assertThat(plan.budget().worstFlops() - plan.budget().baseFlops()).isEqualTo(2 * router + 2 * 4 * expert);
    }

    @Test
    void measured_flops_count_each_router_with_its_own_load() {
        // given: hidden 128, experts of 3 × 128 × 256, LoRA of rank 2 on each expert's three products
        InjectionPlan plan = Surgeon.plan(
                surgery(
                        "nulls",
                        s -> s.layers(
                                all(),
                                layer -> layer.moe(moe -> {
                                    moe.router(r -> r.nullExperts(8).topK(3).balance(constant(0.01)));
                                    moe.experts(e -> e.lora(2));
                                }))),
                Checkpoint.open(Path.of(System.getProperty("graft.home"), "samples/checkpoints/tiny-mixtral")));
        double expert = 2 * (3 * 128 * 256 + 2 * 3 * (128 + 256));

        // when
        long balanced = plan.flops(Map.of());
        long measured = plan.flops(Map.of(plan.hosts().get(1).module(), 1.25));

        // then
        assertThat(balanced).isEqualTo(plan.budget().balancedFlops());
        assertThat(balanced - measured).isEqualTo(Math.round(expert * (1.5 - 1.25)));
    }

    @Test
    void full_load_is_the_bases_own_at_moe_blocks_and_all_that_a_router_allows_elsewhere() {
        // given: top-2 of 8 experts in the base; sites of 128 × 128 with 4 LoRAs of rank 2 and 5 nulls
        InjectionPlan plan = Surgeon.plan(
                surgery(
                        "full",
                        s -> s.layers(exactly(0), layer -> {
                            layer.moe(moe ->
                                    moe.router(r -> r.nullExperts(8).topK(3).balance(constant(0.01))));
                            layer.attention(a -> a.on(Q)
                                    .mixture(4, e -> e.lora(2))
                                    .router(topK(3).nullExperts(5).balance(constant(0.01))));
                        })),
                Checkpoint.open(Path.of(System.getProperty("graft.home"), "samples/checkpoints/tiny-mixtral")));
        String router = plan.hosts().get(0).module();

        // when
        long full = plan.fullFlops();
        long same = plan.flops(Map.of(router, 2.0, plan.sites().get(0).module(), 3.0));
        long less = plan.flops(Map.of(router, 1.0, plan.sites().get(0).module(), 3.0));

        // then
        double expert = 2 * 3 * 128 * 256;
        assertThat(plan.loadVaries()).isTrue();
        assertThat(full).isEqualTo(same);
        assertThat(full - less).isEqualTo(Math.round(expert));
        // gate2 in one layer, the router of the site, three of its experts
        assertThat(full - plan.budget().baseFlops())
                .isEqualTo(2 * 8 * 128
                        + 2 * 9 * 128
                        + 2
                                * 3
                                * 2
                                * (plan.sites().get(0).in()
                                        + plan.sites().get(0).out()));
    }

    @Test
    void a_load_without_null_experts_and_thresholds_never_changes() {
        Checkpoint llama = HeadersOnly.llama(2, 64, 4, 2, 128, 100).open(folder);

        assertThat(Surgeon.plan(
                                surgery(
                                        "top-2",
                                        s -> s.layers(
                                                all(),
                                                layer -> layer.attention(a -> a.on(O)
                                                        .mixture(4, e -> e.lora(2))
                                                        .router(topK(2))))),
                                llama)
                        .loadVaries())
                .isFalse();
    }

    @Test
    void perft_counts_of_a_router_over_four_adapters_with_two_selected() {
        // PERFT-R 2/4 of rank 16 on OLMoE (d 2048, 16 layers) trains 4.33M and activates 2.23M; here on a square map.
        Checkpoint square = HeadersOnly.llama(16, 2048, 16, 16, 64, 32).open(folder);

        InjectionPlan plan = Surgeon.plan(
                surgery(
                        "perft-shape",
                        s -> s.layers(
                                all(),
                                layer -> layer.attention(attention -> attention
                                        .on(O)
                                        .mixture(4, expert -> expert.lora(16))
                                        .router(topK(2))))),
                square);

        assertThat(plan.budget().trainable()).isEqualTo(4_325_376L);
        assertThat(plan.budget().activated()).isEqualTo(2_228_224L);
    }

    @Test
    void bytes_follow_precision_and_optimizer() {
        Checkpoint llama = HeadersOnly.small().open(folder);

        InjectionPlan adam = Surgeon.plan(
                surgery("adam", s -> {
                    s.layers(all(), layer -> layer.ffn(ffn -> ffn.on(DOWN).lora(4)));
                    s.training(t -> t.precision(Training.Precision.FP32));
                }),
                llama);
        InjectionPlan adafactor = Surgeon.plan(
                surgery("adafactor", s -> {
                    s.layers(all(), layer -> layer.ffn(ffn -> ffn.on(DOWN).lora(4)));
                    s.training(t -> t.optimizer(new Optimizer.Adafactor(3e-4, 0.8, 1.0, 4)));
                }),
                llama);

        long trainable = 3L * 4 * (160 + 64);
        assertThat(adam.budget().adapterBytes()).isEqualTo(4 * trainable);
        assertThat(adam.budget().gradientBytes()).isEqualTo(4 * trainable);
        assertThat(adam.budget().optimizerBytes()).isEqualTo(8 * trainable);
        assertThat(adam.budget().weightBytes())
                .isEqualTo(4 * adam.budget().frozen())
                .isEqualTo(2 * adafactor.budget().weightBytes());
        assertThat(adafactor.budget().optimizerBytes()).isEqualTo(4L * 3 * (4 + 160 + 4 + 64));
    }

    @Test
    void base_flops_are_two_a_weight_of_projections_and_head() {
        InjectionPlan plan = Surgeon.plan(
                surgery(
                        "any",
                        s -> s.layers(
                                all(),
                                layer -> layer.attention(a -> a.on(K).lora(2, l -> l.init(Adapter.Lora.Init.NORMAL))))),
                HeadersOnly.small().tied().open(folder));

        long layer = 64 * 64 + 2 * 32 * 64 + 64 * 64 + 3 * 64 * 160;
        assertThat(plan.budget().baseFlops()).isEqualTo(2L * (3 * layer + 256 * 64));
    }
}
