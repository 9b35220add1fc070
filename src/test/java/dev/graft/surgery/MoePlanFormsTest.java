package dev.graft.surgery;

import static dev.graft.catalog.Methods.*;
import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.dsl.Block;
import dev.graft.dsl.LayerSpec;
import dev.graft.dsl.PretrainedRouterSpec;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.Surgery;
import dev.graft.fixtures.HeadersOnly;
import dev.graft.fixtures.MoeHeaders;
import dev.graft.surgery.Site.Identity;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a plan on a MoE model says of itself: as JSON, as hashes, as a difference, as text. */
class MoePlanFormsTest {
    @TempDir
    Path folder;

    static Stream<Block<LayerSpec>> methods() {
        return Stream.of(
                adaMoeExpansion(4, 3, 2),
                adaMoeExpansion(0, 1, 2),
                widened(r -> r.nullExperts(6).nullRows(RouterInit.FIRST_ROWS).topK(3)),
                widened(r -> r.identityNulls(3).nullRows(RouterInit.NORMAL).topK(2)),
                perftR(4, 2, perftLora(2)),
                perftRHostScaled(4, 2, perftParallel(2)),
                perftE(perftLora(2)),
                perftD(2, perftParallel(2)),
                perftS(perftLora(2)),
                layer -> layer.moe(moe -> moe.on(GATE, DOWN).lora(2)),
                layer -> layer.attention(a -> a.on(Q).lora(2)));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void spec_and_plan_survive_json(Block<LayerSpec> method) {
        for (HeadersOnly base : List.of(MoeHeaders.smallMixtral(), MoeHeaders.smallOlmoe())) {
            Surgery spec = spec(method);
            InjectionPlan plan = Surgeon.plan(spec, base.open(folder));

            String json = PlanJson.write(plan);

            assertThat(SurgeryJson.read(SurgeryJson.write(spec))).isEqualTo(spec);
            assertThat(PlanJson.read(json)).isEqualTo(plan);
            assertThat(PlanJson.write(PlanJson.read(json))).isEqualTo(json);
        }
    }

    @Test
    void mixed_layers_survive_json() {
        InjectionPlan plan = Surgeon.plan(
                surgery("mixed", s -> {
                    s.layers(exactly(1, 3), adaMoeExpansion(4, 3, 2));
                    s.layers(
                            every(2),
                            layer -> layer.ffn(f -> f.on(GATE, UP, DOWN).lora(2)));
                }),
                MoeHeaders.smallQwen2Moe().open(folder));

        assertThat(PlanJson.read(PlanJson.write(plan))).isEqualTo(plan);
        assertThat(plan.hosts()).extracting(HostRouter::layer).containsExactly(1, 3);
        assertThat(plan.hosts()).extracting(HostRouter::added).containsExactly(4, 4);
        assertThat(plan.explain())
                .contains("4 experts of 96 top-2 and a shared one of 128 in layers 1, 3, else ffn 160")
                .contains("""
                          layers 0, 2
                            ffn gate, up  64 -> 160, 160  [1]
                            ffn down      160 -> 64       [1]
                          layers 1, 3
                            moe gate, up of each of 4 experts  64 -> 96, 96  [2]
                            moe down of each of 4 experts      96 -> 64      [2]
                            moe router, null_router            64 -> 4, 4    [3]
                        """);
    }

    /** Two plans that differ in one word of the router, and what it changes. */
    static Stream<Arguments> changes() {
        return Stream.of(
                // model, plan
                change(true, r -> r.nullExperts(8).topK(3)),
                change(true, r -> r.nullExperts(4).topK(2)),
                change(true, r -> r.identityNulls(4).topK(3)),
                // gate2 starts otherwise and is frozen: another model behind the same adapter
                change(true, r -> r.nullExperts(4).nullRows(RouterInit.NORMAL).topK(3)),
                change(false, r -> r.nullExperts(4).topK(3).balance(constant(0.5))));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void pretrained_router_stands_in_the_hashes(boolean changesModel, Block<PretrainedRouterSpec> router) {
        InjectionPlan plain = mixtral(widened(r -> r.nullExperts(4).topK(3)));

        InjectionPlan changed = mixtral(widened(router));

        assertThat(changed.planHash()).isNotEqualTo(plain.planHash());
        if (changesModel) {
            assertThat(changed.modelHash()).isNotEqualTo(plain.modelHash());
        } else {
            assertThat(changed.modelHash()).isEqualTo(plain.modelHash());
        }
    }

    @Test
    void difference_of_pretrained_routers_is_told() {
        InjectionPlan first = mixtral(widened(r -> r.nullExperts(4).topK(3)));
        InjectionPlan second = mixtral(widened(
                r -> r.nullExperts(6).nullRows(RouterInit.FIRST_ROWS).topK(4).balance(constant(0.5))));

        assertThat(PlanDiff.between(first, second).lines())
                .contains(
                        "~ pretrained router in layers 0-2: balance: 0.01; all layers in one pool, null load averaged ->"
                                + " 0.5; all layers in one pool, null load averaged",
                        "~ pretrained router in layers 0-2: decides: top-3 of 4 true + 4 zero null experts, weights:"
                                + " probabilities over the selected true; reads the module's input -> top-4 of 4 true + 6"
                                + " zero null experts, weights: probabilities over the selected true; reads the module's"
                                + " input",
                        "~ pretrained router in layers 0-2: null rows: the router's own rows, a whole copy -> the router's"
                                + " own rows, a whole copy, then the first 2",
                        "~ pretrained router in layers 0-2: load: 1.50 true experts per token if balanced, at most 3 -> 1.60"
                                + " true experts per token if balanced, at most 4");
    }

    @Test
    void frozen_router_against_one_that_learns_is_told() {
        InjectionPlan first = mixtral(layer -> layer.moe(moe -> moe.experts(e -> e.lora(2))));
        InjectionPlan second = mixtral(layer -> layer.moe(moe -> {
            moe.router(r -> r.lora(2));
            moe.experts(e -> e.lora(2));
        }));

        assertThat(PlanDiff.between(first, second).lines())
                .contains(
                        "~ pretrained router in layers 0-2: learning: frozen -> all rows from the LM loss",
                        "+ moe router in layers 0-2: one LoRA of rank 2, alpha 4; A uniform on +-1/sqrt(d), B = 0");
    }

    @Test
    void explain_tells_a_widened_router_once() {
        String text = mixtral(adaMoeExpansion(4, 3, 2)).explain();

        assertThat(text.replaceAll("at MoePlanFormsTest.java:\\d+|at Methods.java:\\d+", "at LINE"))
                .contains("""
                          layers 0-2
                            moe gate, up of each of 4 experts  64 -> 96, 96  [1]
                            moe down of each of 4 experts      96 -> 64      [1]
                            moe router, null_router            64 -> 4, 4    [2]
                        """)
                .contains("""
                          pretrained router of layers 0-2 at LINE
                            decides: top-3 of 4 true + 4 zero null experts, weights: probabilities over the selected true; reads the module's input
                            was: top-2 of 4 experts, weights: probabilities over the selected; reads the module's input
                            null rows: the router's own rows, a whole copy
                            load: 1.50 true experts per token if balanced, at most 3
                            balance: 0.02, then 0.0001 by epoch; all layers in one pool, null load averaged
                            learning: true rows from the LM loss, null rows from the balance loss only
                            start: the base to rounding: tied with its copies, each token keeps its 2 experts
                        """);
    }

    @Test
    void explain_of_256_experts_in_61_layers_fits_a_screen() {
        HeadersOnly large = MoeHeaders.mixtral(61, 64, 4, 2, 256, 8, 8, 256);

        String text = Surgeon.plan(
                        surgery(
                                "deep",
                                s -> s.layers(all(), layer -> {
                                    layer.attention(a -> a.on(Q, V).lora(2));
                                    layer.moe(moe -> {
                                        moe.router(r -> r.nullExperts(256)
                                                .topK(12)
                                                .lora(2)
                                                .balance(constant(0.01)));
                                        moe.experts(e -> e.lora(2));
                                        moe.beside().perExpert(perftLora(2));
                                    });
                                })),
                        large.open(folder))
                .explain();

        assertThat(text.lines()).hasSizeLessThan(45);
        assertThat(text).contains("moe gate, up of each of 256 experts").contains("layers 0-60");
    }

    /** Where an untrained block starts: m, k, rows of the nulls. */
    static Stream<Arguments> starts() {
        return Stream.of(
                start(Identity.ROUNDING, r -> r.nullExperts(4).topK(3)),
                start(Identity.ROUNDING, r -> r.nullExperts(4).topK(4)),
                start(Identity.ROUNDING, r -> r.nullExperts(8).topK(4)),
                start(Identity.NO, r -> r.nullExperts(4).topK(2)),
                start(Identity.NO, r -> r.nullExperts(4).topK(5)),
                start(
                        Identity.NO,
                        r -> r.nullExperts(6).nullRows(RouterInit.FIRST_ROWS).topK(3)),
                start(
                        Identity.NO,
                        r -> r.nullExperts(4).nullRows(RouterInit.NORMAL).topK(3)),
                start(Identity.NO, r -> r.identityNulls(4).topK(3)),
                start(Identity.EXACT, r -> {}),
                start(Identity.EXACT, r -> r.topK(2)),
                start(Identity.NO, r -> r.topK(3)));
    }

    @ParameterizedTest
    @MethodSource("starts")
    void untrained_block_is_the_base_where_it_keeps_its_experts(Identity identity, Block<PretrainedRouterSpec> router) {
        assertThat(mixtral(widened(router)).hosts())
                .allSatisfy(host -> assertThat(host.start().identity()).isEqualTo(identity));
    }

    @Test
    void widened_router_of_a_model_that_does_not_renormalise_starts_otherwise() {
        InjectionPlan plan = Surgeon.plan(
                spec(adaMoeExpansion(4, 3, 2)), MoeHeaders.smallOlmoe().open(folder));

        assertThat(plan.hosts())
                .allSatisfy(host -> assertThat(host.start())
                        .isEqualTo(
                                new Site.Start(Identity.NO, "the weights are normalised otherwise than pretrained")));
    }

    private InjectionPlan mixtral(Block<LayerSpec> method) {
        return Surgeon.plan(spec(method), MoeHeaders.smallMixtral().open(folder));
    }

    private static Surgery spec(Block<LayerSpec> method) {
        return surgery("moe", s -> s.layers(all(), method));
    }

    /** With a LoRA and a balance loss, so that every row of it learns. */
    private static Block<LayerSpec> widened(Block<PretrainedRouterSpec> router) {
        return layer -> layer.moe(moe -> moe.router(r -> {
            r.lora(2).balance(constant(0.01));
            router.accept(r);
        }));
    }

    private static Arguments change(boolean changesModel, Block<PretrainedRouterSpec> router) {
        return Arguments.of(changesModel, router);
    }

    private static Arguments start(Identity identity, Block<PretrainedRouterSpec> router) {
        return Arguments.of(identity, router);
    }
}
