package dev.graft.surgery;

import static dev.graft.assertj.GraftAssertions.assertThat;
import static dev.graft.catalog.Methods.*;
import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.graft.dsl.Block;
import dev.graft.dsl.LayerSpec;
import dev.graft.fixtures.HeadersOnly;
import dev.graft.fixtures.MoeHeaders;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The budgets that the papers publish, from headers alone. */
class MoeBudgetTest {
    @TempDir
    Path folder;

    static Stream<Arguments> bases() {
        // As transformers counts the published checkpoints.
        return Stream.of(
                Arguments.of(MoeHeaders.olmoe1of7B(), 6_919_161_856L),
                Arguments.of(MoeHeaders.mixtral8x7B(), 46_702_792_704L),
                Arguments.of(MoeHeaders.qwenMoeA2_7B(), 14_315_784_192L));
    }

    @ParameterizedTest
    @MethodSource("bases")
    void published_bases_have_their_parameters(HeadersOnly base, long parameters) {
        InjectionPlan plan = Surgeon.untouched(base.open(folder));

        assertThat(plan.budget().frozen()).isEqualTo(parameters);
        assertThat(plan.budget().trainable()).isZero();
        assertThat(plan.budget().balancedFlops()).isEqualTo(plan.budget().baseFlops());
    }

    static Stream<Arguments> perft() {
        // 16 layers of width 2048: table of arXiv 2411.08212, in full.
        return Stream.of(
                budget("S r16: 1.05M", perftS(perftLora(16)), 1_048_576, 1_048_576),
                budget("S r16, parallel", perftS(perftParallel(16)), 1_048_576, 1_048_576),
                budget("R 2/4 r16: 4.33M, 2.23M", perftR(4, 2, perftLora(16)), 4_325_376, 2_228_224),
                budget("R 2/8 r16: 8.65M", perftR(8, 2, perftLora(16)), 8_650_752, 2_359_296),
                budget("R 2/4 r16 as published", perftRHostScaled(4, 2, perftLora(16)), 4_325_376, 2_228_224),
                budget("E 8/64 r4: 16.8M, 2.10M", perftE(perftLora(4)), 16_777_216, 2_097_152),
                budget("D 2 r16", perftD(2, perftLora(16)), 2_097_152, 2_097_152),
                budget("q/v-LoRA r4: 524,288", lora(4), 524_288, 524_288));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("perft")
    void perft_on_olmoe_1b_7b(String what, Block<LayerSpec> method, long trained, long activated) {
        InjectionPlan plan = Surgeon.plan(
                surgery("perft", s -> s.layers(all(), method)),
                MoeHeaders.olmoe1of7B().open(folder));

        assertThat(plan).trainsParameters(trained).activates(activated);
    }

    @Test
    void perft_s_costs_what_its_two_products_cost() {
        Budget budget = Surgeon.plan(
                        surgery("perft-s", s -> s.layers(all(), perftS(perftLora(16)))),
                        MoeHeaders.olmoe1of7B().open(folder))
                .budget();

        assertThat(budget.balancedFlops() - budget.baseFlops()).isEqualTo(2 * 1_048_576);
    }

    @Test
    void adamoe_on_mixtral_8x7b_trains_lora_on_both_routers_and_all_experts() {
        InjectionPlan plan = adaMoeOnMixtral();

        // 32 layers: gate and gate2, then w1, w2 and w3 of eight experts; all of rank 8.
        long routers = 2 * 8 * (4096 + 8);
        long experts = 8 * 3 * 8 * (4096 + 14336);
        assertThat(plan).trainsParameters(32 * (routers + experts)).trainsParameters(115_347_456);
        // At the balanced load of 1.5.
        assertThat(plan).activates(Math.round(32 * (routers + experts * 1.5 / 8)));
    }

    @Test
    void adamoe_on_mixtral_8x7b_saves_the_experts_share_of_the_load_it_leaves_out() {
        Budget budget = adaMoeOnMixtral().budget();

        double loras = 2.0 * 32 * (2 * 8 * (4096 + 8) + 1.5 * 3 * 8 * (4096 + 14336));
        double nullRouter = 2.0 * 32 * 8 * 4096;
        double saved = 1 - (budget.balancedFlops() - loras - nullRouter) / budget.baseFlops();
        // 0.8844 of Mixtral's products are its two experts', and 1.5 of them are left.
        assertThat(saved).isEqualTo(0.8844 * (1 - 1.5 / 2), within(5e-5));
        assertThat((budget.worstFlops() - budget.balancedFlops()) / (double) budget.baseFlops())
                .isEqualTo(0.8844 * 1.5 / 2, within(5e-3));
    }

    @Test
    void mixtral_8x7b_spends_its_products_in_its_experts() {
        Budget budget = Surgeon.untouched(MoeHeaders.mixtral8x7B().open(folder)).budget();

        double experts = 2.0 * 32 * 2 * 3 * 4096 * 14336;
        assertThat(experts / budget.baseFlops()).isEqualTo(0.8844, within(5e-5));
    }

    @Test
    void shared_expert_and_its_gate_are_counted_for_every_token() {
        Budget budget =
                Surgeon.untouched(MoeHeaders.qwenMoeA2_7B().open(folder)).budget();

        double attention = 4.0 * 2048 * 2048;
        double block = 2048.0 * 60 + 4 * 3.0 * 2048 * 1408 + 3.0 * 2048 * 5632 + 2048;
        assertThat((double) budget.baseFlops()).isEqualTo(2 * (24 * (attention + block) + 151936.0 * 2048));
    }

    @Test
    void dense_layers_of_a_mixed_model_are_counted_as_dense() {
        Budget budget =
                Surgeon.untouched(MoeHeaders.smallQwen2Moe().open(folder)).budget();

        double attention = 4.0 * 64 * 64;
        double dense = 3.0 * 64 * 160;
        double sparse = 64.0 * 4 + 2 * 3.0 * 64 * 96 + 3.0 * 64 * 128 + 64;
        assertThat((double) budget.baseFlops()).isEqualTo(2 * (4 * attention + 2 * dense + 2 * sparse + 256 * 64));
    }

    @Test
    void balanced_load_is_told() {
        assertThat(adaMoeOnMixtral().explain()).contains("load: 1.50 true experts per token if balanced, at most 3");
    }

    private InjectionPlan adaMoeOnMixtral() {
        return Surgeon.plan(
                surgery("adamoe", s -> s.layers(all(), adaMoeExpansion(8, 3))),
                MoeHeaders.mixtral8x7B().open(folder));
    }

    private static Arguments budget(String what, Block<LayerSpec> method, long trained, long activated) {
        return Arguments.of(what, method, trained, activated);
    }
}
