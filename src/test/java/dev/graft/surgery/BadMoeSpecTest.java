package dev.graft.surgery;

import static dev.graft.assertj.GraftAssertions.assertThatPlanning;
import static dev.graft.catalog.Methods.*;
import static dev.graft.dsl.Graft.*;

import dev.graft.assertj.RefusalAssert;
import dev.graft.dsl.Block;
import dev.graft.dsl.LayerSpec;
import dev.graft.dsl.MoeSpec;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.ScaleSource;
import dev.graft.fixtures.HeadersOnly;
import dev.graft.fixtures.MoeHeaders;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a person reads for specs and checkpoints of MoE models that can't be planned: four experts, top-2, width 64. */
class BadMoeSpecTest {
    @TempDir
    Path folder;

    static Stream<Arguments> blocks() {
        return Stream.of(
                block(
                        "E_TILING",
                        "6 null experts at moe router are no multiple of the 4 pretrained experts whose rows they copy",
                        "use a multiple of 4; or nullRows(FIRST_ROWS): 1 whole copies, then the first 2 rows; or"
                                + " nullRows(NORMAL): random rows, N(0, 0.02^2)",
                        moe -> moe.router(r -> r.nullExperts(6).topK(3).lora(2).balance(constant(0.01)))),
                block(
                        "E_PARAM",
                        "top-9 at moe router cannot choose among 4 true + 4 null experts: k must be 1 to 8",
                        "",
                        moe -> moe.router(r -> r.nullExperts(4).topK(9).lora(2).balance(constant(0.01)))),
                block(
                        "E_PARAM",
                        "top-5 at moe router cannot choose among 4 true + 0 null experts: k must be 1 to 4",
                        "",
                        moe -> moe.router(r -> r.topK(5).lora(2))),
                block(
                        "E_PARAM",
                        "-4 null experts at moe router",
                        "",
                        moe -> moe.router(r -> r.nullExperts(-4).lora(2))),
                block(
                        "E_PARAM",
                        "null rows at moe router start TILED, FIRST_ROWS or NORMAL",
                        "nullRows(TILED)",
                        moe -> moe.router(r -> r.nullExperts(4)
                                .nullRows(RouterInit.KAIMING_UNIFORM)
                                .topK(3)
                                .lora(2)
                                .balance(constant(0.01)))),
                block(
                        "E_NO_PATH",
                        "no row of a null expert in the router at moe router gets a gradient: normalised over the true"
                                + " experts, the null experts' logits cancel out of the output",
                        "give the router a balance loss with a coefficient above 0, or normalise(NONE)",
                        moe -> moe.router(r -> r.nullExperts(4).topK(3).lora(2))),
                block(
                        "E_BALANCE_CONSTANT",
                        "every expert is selected for every token, so the balance loss is a constant without gradient at"
                                + " moe router",
                        "leave out balance(...), or select fewer than 4",
                        moe -> moe.router(r -> r.topK(4).lora(2).balance(constant(0.01)))),
                block(
                        "E_FROZEN_ROUTER",
                        "the router at moe router is frozen, so a balance loss of its own teaches it nothing",
                        "give it a lora(rank), or say keepBalance()",
                        moe -> moe.router(r -> r.balance(constant(0.5)))),
                block(
                        "E_FROZEN_ROUTER",
                        "is frozen",
                        "keepBalance()",
                        moe -> moe.router(r -> r.nullExperts(4).topK(3).balance(anneal(2e-2, 1e-4)))),
                block(
                        "E_NO_ROUTER",
                        "a balance loss or null experts at moe beside need a router with rows of its own",
                        "use topK(k), or leave them out",
                        moe -> moe.beside()
                                .mixture(2, perftLora(2))
                                .router(alwaysOn().balance(constant(0.01)))),
                block(
                        "E_NO_ROUTER",
                        "a balance loss or null experts at moe beside",
                        "use topK(k)",
                        moe -> moe.beside()
                                .perExpert(perftLora(2))
                                .router(asPretrained().balance(constant(0.01)))),
                block(
                        "E_NO_ROUTER",
                        "2 experts at moe beside have no router",
                        "say .router(soft()), .router(topK(k)) or .router(topP(p)) behind the mixture",
                        moe -> moe.beside().mixture(2, perftLora(2))),
                block(
                        "E_SCALE",
                        "top-3 at moe beside cannot take its weights from the pretrained router, which selects 2 experts",
                        "use topK(k) with k up to 2, or leave out scale(HOST)",
                        moe -> moe.beside()
                                .mixture(4, perftLora(2))
                                .router(topK(3).scale(ScaleSource.HOST).balance(constant(0.01)))),
                block(
                        "E_SCALE",
                        "soft at moe beside cannot take its weights from the pretrained router",
                        "use topK(k) with k up to 2",
                        moe -> moe.beside().mixture(4, perftLora(2)).router(soft().scale(ScaleSource.HOST))),
                block(
                        "E_SCALE",
                        "2 adapters at moe beside cannot each follow one of the 4 pretrained experts",
                        "use perExpert(expert -> ...)",
                        moe -> moe.beside().mixture(2, perftLora(2)).router(asPretrained())),
                block(
                        "E_SCALE",
                        "adapters inside pretrained experts, at moe gate, have no router of their own",
                        "leave the router out: the pretrained one weighs the experts with their adapters",
                        moe -> moe.on(GATE).lora(2).router(topK(2))),
                block(
                        "E_ROLE",
                        "a mixture of 3 inside each pretrained expert at moe gate (64 to 96)",
                        "use lora(rank): one for each pretrained expert",
                        moe -> moe.on(GATE).mixture(3, e -> e.lora(2))),
                block(
                        "E_ROLE",
                        "a parallel adapter cannot sit at moe down (96 to 64): it has its place beside a MoE block",
                        "use lora(rank)",
                        moe -> moe.on(DOWN).parallel(2)),
                block(
                        "E_ROLE",
                        "(IA)3 vectors at moe beside (64 to 64) are not supported in a MoE block",
                        "use lora(rank), or beside().parallel(rank)",
                        moe -> moe.beside().ia3()),
                block(
                        "E_ROLE",
                        "q is not in moe of mixtral, which has gate, up, down, router, null_router, beside",
                        "q is in attention: layer.attention(block -> block.on(Q)...)",
                        moe -> moe.on(Q).lora(2)),
                block(
                        "E_TWICE",
                        "moe router of layers 0-2 is adapted already, at BadMoeSpecTest.java:",
                        "take",
                        moe -> {
                            moe.router(r -> r.lora(2));
                            moe.router(r -> r.keepBalance());
                        }),
                block("E_TWICE", "moe up of layers 0-2 is adapted already", "take", moe -> {
                    moe.experts(e -> e.lora(2));
                    moe.on(UP).lora(2);
                }),
                block("E_TWICE", "moe beside of layers 0-2 is adapted already", "take", moe -> {
                    moe.beside().lora(2);
                    moe.beside().parallel(2);
                }),
                block(
                        "E_IDENTITY_SHAPE",
                        "identity nulls beside a MoE block would add the block's input to its output",
                        "use nullExperts(m)",
                        moe -> moe.beside().mixture(4, perftLora(2)).router(topK(2).identityNulls(2))),
                block(
                        "E_PARAM",
                        "the router at moe beside has no pretrained rows to copy",
                        "init(NORMAL) or init(KAIMING_UNIFORM)",
                        moe -> moe.beside().mixture(4, perftLora(2)).router(topK(2).init(RouterInit.TILED))),
                block(
                        "E_PARAM",
                        "rank 5 at moe router (64 to 4) is more than the smaller of its widths",
                        "at most 4",
                        moe -> moe.router(r -> r.lora(5))));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("blocks")
    void what_a_block_cannot_be(String code, String message, String fix, Block<MoeSpec> block) {
        RefusalAssert refused = refused(MoeHeaders.smallMixtral(), layer -> layer.moe(block));

        refused.isRefusedExactlyWith(code)
                .isRefusedWith(code)
                .mentioning(message)
                .fixedBy(fix)
                .pointingTo("BadMoeSpecTest.java");
    }

    @Test
    void methods_of_moe_models_on_a_dense_one() {
        for (Block<LayerSpec> method : List.of(
                perftS(perftLora(2)),
                perftR(4, 2, perftLora(2)),
                perftE(perftLora(2)),
                adaMoeExpansion(8, 3, 2),
                Block.<LayerSpec>defaults().then(layer -> layer.moe(moe -> moe.experts(e -> e.lora(2)))))) {
            refused(HeadersOnly.small(), method)
                    .isRefusedWith("E_ROLE")
                    .mentioning("llama has no moe: its layers have attention, ffn")
                    .fixedBy("name sites in one of these blocks")
                    .pointingTo("BadMoeSpecTest.java");
        }
    }

    @Test
    void feed_forward_sites_of_a_model_whose_layers_are_all_sparse() {
        refused(MoeHeaders.smallMixtral(), layer -> layer.ffn(f -> f.on(GATE).lora(2)))
                .isRefusedExactlyWith("E_ROLE")
                .isRefusedWith("E_ROLE")
                .mentioning("mixtral has no ffn: its layers have attention, moe");
    }

    @Test
    void layer_of_a_mixed_model_that_is_dense() {
        refused(MoeHeaders.smallQwen2Moe(), perftS(perftLora(2)))
                .isRefusedWith("E_LAYER")
                .mentioning("layers 0, 2 of qwen2_moe have no moe, which layers 1, 3 have")
                .fixedBy("say layers(all().except(exactly(0, 2)), ...) or name layers that have it");
        refused(MoeHeaders.smallQwen2Moe(), layer -> layer.ffn(f -> f.on(DOWN).lora(2)))
                .isRefusedWith("E_LAYER")
                .mentioning("layers 1, 3 of qwen2_moe have no ffn, which layers 0, 2 have");
    }

    @Test
    void base_that_has_null_experts_already() {
        HeadersOnly widened = MoeHeaders.smallMixtral().config("graft_null_experts", 4);
        for (int layer = 0; layer < 3; layer++) {
            widened.tensor("model.layers." + layer + ".block_sparse_moe.gate.weight", 8, 64);
        }

        refused(widened, adaMoeExpansion(4, 3, 2))
                .isRefusedWith("E_TWICE")
                .mentioning("the base's routers have 4 null experts already")
                .fixedBy("leave out nullExperts(...), or start from the checkpoint that was widened");
    }

    static Stream<Arguments> checkpoints() {
        String block = "model.layers.1.block_sparse_moe.";
        return Stream.of(
                checkpoint("E_CONFIG", "'num_experts_per_tok'", m -> m.withoutConfig("num_experts_per_tok")),
                checkpoint("E_CONFIG", "'num_local_experts'", m -> m.withoutConfig("num_local_experts")),
                checkpoint(
                        "E_CONFIG",
                        "num_experts_per_tok 5 is more than the 4 experts of num_local_experts",
                        m -> m.config("num_experts_per_tok", 5)),
                checkpoint(
                        "E_CONFIG",
                        "graft_null_experts must not be negative, found -1",
                        m -> m.config("graft_null_experts", -1)),
                checkpoint(
                        "E_TENSOR_MISSING",
                        "model.layers.{layer}.block_sparse_moe.experts.{e}.w2.weight (layers 1, experts 3) is missing"
                                + " from the checkpoint",
                        m -> m.without(block + "experts.3.w2.weight")),
                checkpoint(
                        "E_TENSOR_MISSING",
                        "model.layers.{layer}.block_sparse_moe.gate.weight (layers 1) is missing",
                        m -> m.without(block + "gate.weight")),
                checkpoint(
                        "E_CONFIG",
                        "model.layers.{layer}.block_sparse_moe.experts.{e}.w1.weight (layers 1, experts 2) has shape"
                                + " [80, 64], config.json gives [96, 64] (intermediate_size, hidden_size)",
                        m -> m.tensor(block + "experts.2.w1.weight", 80, 64)),
                checkpoint(
                        "E_TENSOR_UNKNOWN",
                        "model.layers.{layer}.block_sparse_moe.experts.{e}.w1.weight (layers 1, experts 4) is not a"
                                + " tensor of mixtral",
                        m -> m.tensor(block + "experts.4.w1.weight", 96, 64)),
                checkpoint(
                        "E_FUSED",
                        "model.layers.{layer}.block_sparse_moe.experts.gate_up_proj (layers 1) holds all experts in one"
                                + " tensor",
                        m -> m.tensor(block + "experts.gate_up_proj", 4, 192, 64)),
                checkpoint(
                        "E_FUSED",
                        "model.layers.{layer}.block_sparse_moe.experts.w2.weight (layers 1) holds all experts",
                        m -> m.tensor(block + "experts.w2.weight", 4, 64, 96)),
                checkpoint(
                        "E_FUSED",
                        "model.layers.{layer}.block_sparse_moe.experts.{e}.gate_up_proj.weight (layers 1, experts 0)"
                                + " holds several projections in one tensor",
                        m -> m.tensor(block + "experts.0.gate_up_proj.weight", 192, 64)),
                checkpoint(
                        "E_QUANTISED",
                        "model.layers.{layer}.block_sparse_moe.experts.{e}.w1.weight_scale_inv (layers 1, experts 0)"
                                + " belongs to quantised weights",
                        m -> m.tensor(block + "experts.0.w1.weight_scale_inv", 1, 1)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("checkpoints")
    void checkpoints_that_are_not_what_graft_computes(String code, String message, UnaryOperator<HeadersOnly> change) {
        refused(change.apply(MoeHeaders.smallMixtral()), lora(2))
                .isRefusedExactlyWith(code)
                .isRefusedWith(code)
                .mentioning(message);
    }

    @Test
    void all_experts_fused_are_told_once_with_the_names_that_are_missing() {
        HeadersOnly fused = MoeHeaders.smallOlmoe();
        for (int layer = 0; layer < 3; layer++) {
            for (int e = 0; e < 4; e++) {
                for (String projection : new String[] {"gate", "up", "down"}) {
                    fused.without("model.layers." + layer + ".mlp.experts." + e + "." + projection + "_proj.weight");
                }
            }
        }
        fused.inEveryLayer(3, "mlp.experts.gate_up_proj", 4, 192, 64)
                .inEveryLayer(3, "mlp.experts.down_proj", 4, 64, 96);

        refused(fused, lora(2))
                .isRefusedExactlyWith("E_FUSED", "E_FUSED")
                .isRefusedWith("E_FUSED")
                .mentioning("model.layers.{layer}.mlp.experts.down_proj (layers 0-2) holds all experts in one tensor")
                .fixedBy("use a checkpoint with the published names of olmoe, one tensor an expert");
    }

    @Test
    void deepseek_v3_is_refused_by_name() {
        HeadersOnly deepseek = MoeHeaders.qwen2Moe(2, 1, 64, 4, 4, 2, 96, 128, 160, 256)
                .config("model_type", "deepseek_v3")
                .config("quantization_config", Map.of("quant_method", "fp8", "weight_block_size", List.of(128, 128)))
                .inEveryLayer(2, "self_attn.kv_a_proj_with_mqa.weight_scale_inv", 1, 1)
                .dtype("F8_E4M3")
                .inEveryLayer(2, "self_attn.kv_a_proj_with_mqa.weight", 80, 64);

        refused(deepseek, adaMoeExpansion(4, 3, 2))
                .isRefusedExactlyWith("E_ARCHITECTURE")
                .isRefusedWith("E_ARCHITECTURE")
                .mentioning("model_type 'deepseek_v3' is unknown", "mixtral", "olmoe", "qwen2_moe");
    }

    @Test
    void mixed_model_without_any_sparse_layer() {
        refused(MoeHeaders.smallQwen2Moe().config("decoder_sparse_step", 5), lora(2))
                .isRefusedWith("E_CONFIG")
                .mentioning("no layer has a MoE block: decoder_sparse_step, mlp_only_layers");
    }

    private RefusalAssert refused(HeadersOnly base, Block<LayerSpec> layer) {
        return assertThatPlanning(() -> Surgeon.plan(surgery("bad", s -> s.layers(all(), layer)), base.open(folder)));
    }

    private static Arguments block(String code, String message, String fix, Block<MoeSpec> block) {
        return Arguments.of(code, message, fix, block);
    }

    private static Arguments checkpoint(String code, String message, UnaryOperator<HeadersOnly> change) {
        return Arguments.of(code, message, change);
    }
}
