package dev.graft.surgery;

import static dev.graft.assertj.GraftAssertions.assertThatPlanning;
import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.catalog.Methods;
import dev.graft.dsl.Block;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.Stack;
import dev.graft.dsl.SurgerySpec;
import dev.graft.fixtures.HeadersOnly;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans on T5 v1.1: two stacks, cross-attention, the sites and budgets that MoV and MoLORA publish. */
class EncoderDecoderPlanTest {
    private static final Router PER_HEAD = soft().input(RouterInput.PROJECTED_PER_HEAD);

    @TempDir
    Path folder;

    /** 24·E·[6·(H·V + V) + 4F]: MoV in the form of the published code. */
    @ParameterizedTest
    @CsvSource({
        "2048, 32,  5120, 10,  7.96, 7956480",
        "2048, 32,  5120, 30, 23.9,  23869440",
        "4096, 64, 10240, 60, 94.92, 94924800"
    })
    void mov_trains_the_published_number_of_parameters(
            int hidden, int heads, int ffn, int experts, double millions, long exactly) {
        InjectionPlan plan =
                plan(HeadersOnly.t5(24, 24, hidden, heads, ffn, 32128), Methods.movOnT5(experts, PER_HEAD));

        assertThat(plan.budget().trainable())
                .isEqualTo(exactly)
                .isEqualTo(24L * experts * (6L * (heads * 64 + 64) + 4L * ffn));
        assertThat(plan.budget().trainable() / 1e6).isCloseTo(millions, org.assertj.core.data.Offset.offset(0.05));
    }

    @Test
    void molora_sits_at_every_projection_but_wi_1() {
        InjectionPlan plan = plan(small(), Methods.moLoraOnT5(10, 4, 16, soft()));

        assertThat(plan.sites()).extracting(Site::module).hasSize(2 * 6 + 3 * 10);
        assertThat(plan.sites()).extracting(Site::module).noneMatch(module -> module.endsWith("wi_1"));
        assertThat(plan.sites().get(plan.sites().size() - 1).module())
                .isEqualTo("decoder.block.2.layer.2.DenseReluDense.wo");
    }

    @Test
    void keys_and_values_of_cross_attention_read_the_encoders_tokens() {
        InjectionPlan plan = plan(
                small(),
                s -> s.decoder(
                        all(),
                        layer -> layer.crossAttention(a -> a.on(Q, K, V, O).lora(2))));

        assertThat(plan.sites().subList(0, 4))
                .extracting(Site::input)
                .containsExactly(Stack.DECODER, Stack.ENCODER, Stack.ENCODER, Stack.DECODER);
        assertThat(plan.groups().subList(0, 3))
                .extracting(SiteGroup::name)
                .containsExactly("cross_q", "cross_k_v", "cross_o");
    }

    @Test
    void layers_are_counted_in_their_stack_and_numbered_through_in_the_leaves() {
        InjectionPlan plan = plan(small(), s -> {
            s.encoder(last(1), layer -> layer.attention(a -> a.on(Q).lora(2)));
            s.decoder(first(1), layer -> layer.attention(a -> a.on(Q).lora(2)));
        });

        assertThat(plan.leaves())
                .extracting(Leaf::name)
                .containsExactly("layer1_q_lora_A", "layer1_q_lora_B", "layer2_q_lora_A", "layer2_q_lora_B");
        assertThat(plan.explain())
                .contains("encoder layer 1\n    attention q")
                .contains("decoder layer 0\n    attention q");
    }

    @Test
    void plan_goes_through_json() {
        InjectionPlan plan = plan(small(), Methods.movOnT5(5, PER_HEAD));

        assertThat(PlanJson.read(PlanJson.write(plan))).isEqualTo(plan);
        assertThat(SurgeryJson.read(SurgeryJson.write(plan.surgery()))).isEqualTo(plan.surgery());
    }

    @Test
    void difference_names_the_stack() {
        InjectionPlan one = plan(small(), s -> s.encoder(all(), Methods.lora(2)));
        InjectionPlan both =
                plan(small(), s -> s.encoder(all(), Methods.lora(2)).decoder(all(), Methods.lora(2)));

        assertThat(PlanDiff.between(one, both).lines())
                .contains("+ attention q in layers 0-2: one LoRA of rank 2, alpha 4; A uniform on +-1/sqrt(d), B = 0");
    }

    @Test
    void layers_names_no_stack_where_there_are_two() {
        assertThatPlanning(() -> plan(small(), s -> s.layers(all(), Methods.lora(2))))
                .isRefusedWith("E_STACK")
                .mentioning("t5 has an encoder and a decoder, and layers(...) names neither");
    }

    @Test
    void encoder_of_a_decoder_only_model() {
        assertThatPlanning(() -> plan(HeadersOnly.small(), s -> s.encoder(all(), Methods.lora(2))))
                .isRefusedWith("E_STACK")
                .mentioning("llama has no encoder");
    }

    @Test
    void cross_attention_where_there_is_none() {
        assertThatPlanning(() -> plan(
                        HeadersOnly.small(),
                        s -> s.layers(
                                all(),
                                layer -> layer.crossAttention(a -> a.on(K).lora(2)))))
                .isRefusedWith("E_ROLE")
                .mentioning("llama has no crossAttention: its layers have attention, ffn");
        assertThatPlanning(() -> plan(
                        small(),
                        s -> s.encoder(
                                all(),
                                layer -> layer.crossAttention(a -> a.on(K).lora(2)))))
                .isRefusedWith("E_ROLE")
                .mentioning("the encoder of t5 has no crossAttention: its layers have attention, ffn");
    }

    @Test
    void layer_beyond_its_own_stack() {
        assertThatPlanning(() -> plan(small(), s -> s.encoder(exactly(2), Methods.lora(2))))
                .isRefusedWith("E_LAYER")
                .mentioning("it has 2 layers, 0 to 1");
    }

    @Test
    void a_shape_that_is_wrong_is_explained_by_what_the_configuration_has() {
        HeadersOnly narrow = small().tensor("decoder.block.0.layer.0.SelfAttention.k.weight", 16, 64);

        assertThatPlanning(() -> plan(narrow, Methods.movOnT5(2, soft())))
                .isRefusedWith("E_CONFIG")
                .mentioning(
                        "SelfAttention.k.weight (layers 0) has shape [16, 64], config.json gives",
                        "(num_heads x head width, d_model)");
    }

    @Test
    void t5_of_version_1_0_is_refused_by_its_activation() {
        assertThatPlanning(() -> plan(small().config("feed_forward_proj", "relu"), Methods.movOnT5(2, soft())))
                .isRefusedWith("E_CONFIG")
                .mentioning("feed_forward_proj is 'relu'; Graft computes gated-gelu for t5");
    }

    @Test
    void router_of_projected_heads_is_as_wide_as_a_head() {
        HeadersOnly llama = HeadersOnly.llama(2, 64, 4, 2, 160, 256);

        assertThat(plan(
                                llama,
                                s -> s.layers(
                                        all(),
                                        layer -> layer.attention(a ->
                                                a.on(K).mixture(2, e -> e.ia3()).router(PER_HEAD))))
                        .leaves())
                .extracting(Leaf::shape)
                .contains(List.of(2L, 16L), List.of(2L, 32L));
    }

    @Test
    void per_head_routing_where_heads_do_not_divide_the_projection() {
        HeadersOnly uneven = small().config("d_kv", 48);

        assertThatPlanning(() -> plan(uneven, Methods.movOnT5(2, PER_HEAD)))
                .isRefusedWith("E_CONFIG")
                .mentioning("SelfAttention.k.weight (layers 0-1) has shape [128, 128], config.json gives [96, 128]");
    }

    private static HeadersOnly small() {
        return HeadersOnly.t5(2, 3, 128, 2, 96, 256);
    }

    private InjectionPlan plan(HeadersOnly model, Block<SurgerySpec> spec) {
        return Surgeon.plan(
                surgery(
                        "mov",
                        s -> spec.then(t -> t.training(x -> x.length(64))).accept(s)),
                model.open(folder));
    }
}
