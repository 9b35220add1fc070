package dev.graft.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import dev.graft.fixtures.HeadersOnly;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is read from config.json and tensors, and what a person reads where the two can't be one model. */
class ShapeReaderTest {
    private static final Map<String, Object> LLAMA3 = Map.of(
            "rope_type", "llama3",
            "factor", 8.0,
            "low_freq_factor", 1.0,
            "high_freq_factor", 4.0,
            "original_max_position_embeddings", 64);

    @TempDir
    Path folder;

    @Test
    void dimensions_come_from_the_configuration() {
        ModelShape shape = read(HeadersOnly.small());

        assertThat(shape)
                .isEqualTo(new ModelShape(
                        "llama",
                        3,
                        64,
                        4,
                        2,
                        16,
                        160,
                        256,
                        OptionalInt.of(4096),
                        1e-5,
                        false,
                        Optional.of(new ModelShape.Rope(10_000, Optional.empty())),
                        Architecture.Activation.SILU,
                        OptionalInt.empty(),
                        Set.of(),
                        Optional.empty(),
                        Optional.empty()));
    }

    @Test
    void missing_keys_have_the_defaults_of_transformers() {
        ModelShape shape = read(HeadersOnly.llama(2, 64, 4, 4, 160, 256)
                .withoutConfig("num_key_value_heads")
                .withoutConfig("rms_norm_eps")
                .withoutConfig("rope_theta")
                .withoutConfig("hidden_act")
                .nullConfig("head_dim"));

        assertThat(shape.keyValueHeads()).isEqualTo(4);
        assertThat(shape.headDim()).isEqualTo(16);
        assertThat(shape.normEps()).isEqualTo(1e-6);
        assertThat(shape.rope().orElseThrow().theta()).isEqualTo(10_000);
    }

    @Test
    void head_width_may_differ_from_hidden_size_over_heads() {
        HeadersOnly wide = HeadersOnly.small().config("head_dim", 24);
        for (int i = 0; i < 3; i++) {
            String layer = "model.layers." + i + ".self_attn.";
            wide.tensor(layer + "q_proj.weight", 96, 64)
                    .tensor(layer + "k_proj.weight", 48, 64)
                    .tensor(layer + "v_proj.weight", 48, 64)
                    .tensor(layer + "o_proj.weight", 64, 96);
        }

        ModelShape shape = read(wide);

        assertThat(shape.headDim()).isEqualTo(24);
        assertThat(shape.out(BlockKind.ATTENTION, Role.Q)).isEqualTo(96);
        assertThat(shape.in(BlockKind.ATTENTION, Role.O)).isEqualTo(96);
        assertThat(shape.out(BlockKind.ATTENTION, Role.V)).isEqualTo(48);
    }

    @Test
    void rope_is_read_in_the_keys_of_transformers_4_and_5() {
        ModelShape old = read(HeadersOnly.small().config("rope_theta", 5e5).config("rope_scaling", LLAMA3));
        Map<String, Object> parameters = new HashMap<>(LLAMA3);
        parameters.put("rope_theta", 5e5);
        ModelShape recent = read(HeadersOnly.small().withoutConfig("rope_theta").config("rope_parameters", parameters));

        assertThat(old.rope().orElseThrow())
                .isEqualTo(new ModelShape.Rope(5e5, Optional.of(new ModelShape.Llama3Scaling(8, 1, 4, 64))))
                .isEqualTo(recent.rope().orElseThrow());
    }

    @Test
    void head_is_tied_as_the_configuration_says_or_else_as_the_tensors_show() {
        assertThat(read(HeadersOnly.small().tied()).tiedHead()).isTrue();
        assertThat(read(HeadersOnly.small().tied().withoutConfig("tie_word_embeddings"))
                        .tiedHead())
                .isTrue();
        assertThat(read(HeadersOnly.small().withoutConfig("tie_word_embeddings"))
                        .tiedHead())
                .isFalse();
    }

    @Test
    void stored_head_of_a_tied_model_is_not_used_and_told() {
        Issues issues = new Issues();

        ModelShape shape = read(HeadersOnly.small().config("tie_word_embeddings", true), issues);

        assertThat(shape.tiedHead()).isTrue();
        assertThat(issues.all()).extracting(Issue::code).containsExactly("W_TIED_HEAD");
    }

    @Test
    void biases_come_from_the_architecture_or_the_configuration() {
        HeadersOnly biased = HeadersOnly.small().config("attention_bias", true);
        HeadersOnly qwen2 = HeadersOnly.small().config("model_type", "qwen2");
        for (HeadersOnly model : List.of(biased, qwen2)) {
            model.inEveryLayer(3, "self_attn.q_proj.bias", 64)
                    .inEveryLayer(3, "self_attn.k_proj.bias", 32)
                    .inEveryLayer(3, "self_attn.v_proj.bias", 32);
        }
        biased.inEveryLayer(3, "self_attn.o_proj.bias", 64);

        assertThat(read(biased).biased()).containsExactly(Role.Q, Role.K, Role.V, Role.O);
        assertThat(read(qwen2).biased()).containsExactly(Role.Q, Role.K, Role.V);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                // model_type, sliding_window, use_sliding_window, max_window_layers, expected
                "mistral, 6,    -,     -, 6",
                "mistral, -,    -,     -, -",
                "qwen2,   8,    false, 2, -",
                "qwen2,   8,    -,     2, -",
                "qwen2,   8,    true,  0, 8",
                "qwen2,   8,    true,  3, -",
                "llama,   6,    -,     -, -"
            })
    void window_is_on_where_the_architecture_switches_it_on(
            String type,
            @Nullable Integer window,
            @Nullable Boolean enabled,
            @Nullable Integer fullLayers,
            @Nullable Integer expected) {
        HeadersOnly model = HeadersOnly.small().config("model_type", type);
        if (type.equals("qwen2")) {
            model.inEveryLayer(3, "self_attn.q_proj.bias", 64)
                    .inEveryLayer(3, "self_attn.k_proj.bias", 32)
                    .inEveryLayer(3, "self_attn.v_proj.bias", 32);
        }
        set(model, "sliding_window", window);
        set(model, "use_sliding_window", enabled);
        set(model, "max_window_layers", fullLayers);

        assertThat(read(model).window()).isEqualTo(expected == null ? OptionalInt.empty() : OptionalInt.of(expected));
    }

    @Test
    void computed_tensors_of_old_checkpoints_are_left_out() {
        assertThat(read(HeadersOnly.small().inEveryLayer(3, "self_attn.rotary_emb.inv_freq", 8)))
                .isEqualTo(read(HeadersOnly.small()));
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                refused(
                        "E_CONFIG",
                        "num_hidden_layers is 2, but the tensors have layers 0-2",
                        m -> m.config("num_hidden_layers", 2)),
                refused("E_CONFIG", "vocab_size, hidden_size", m -> m.config("vocab_size", 300)),
                refused(
                        "E_CONFIG",
                        "model.layers.{layer}.self_attn.k_proj.weight (layers 0-2) has shape [32, 64], config.json gives"
                                + " [64, 64] (num_key_value_heads x head width, hidden_size)",
                        m -> m.config("num_key_value_heads", 4)),
                refused(
                        "E_CONFIG",
                        "num_attention_heads 4 is not a multiple of num_key_value_heads 3",
                        m -> m.config("num_key_value_heads", 3)),
                refused(
                        "E_CONFIG",
                        "hidden_size 64 is not a multiple of the 5 heads, and head_dim is missing",
                        m -> m.config("num_attention_heads", 5)),
                refused("E_CONFIG", "heads of width 15 have no halves", m -> m.config("head_dim", 15)),
                refused(
                        "E_CONFIG",
                        "2000000000 heads of width 16 are wider than 2^31",
                        m -> m.config("num_attention_heads", 2_000_000_000).config("head_dim", 16)),
                refused("E_CONFIG", "'hidden_size'", m -> m.withoutConfig("hidden_size")),
                refused("E_CONFIG", "'intermediate_size'", m -> m.config("intermediate_size", "wide")),
                refused("E_CONFIG", "'num_attention_heads'", m -> m.config("num_attention_heads", 0)),
                refused(
                        "E_CONFIG",
                        "hidden_act is 'gelu'; Graft computes silu for llama",
                        m -> m.config("hidden_act", "gelu")),
                refused("E_CONFIG", "rms_norm_eps must be above 0, found 0.0", m -> m.config("rms_norm_eps", 0.0)),
                refused("E_CONFIG", "rope_theta must be above 0, found -1.0", m -> m.config("rope_theta", -1.0)),
                refused(
                        "E_CONFIG",
                        "rope scaling 'linear' is not supported; 'default' and 'llama3' are",
                        m -> m.config("rope_scaling", Map.of("type", "linear", "factor", 2.0))),
                refused(
                        "E_CONFIG",
                        "rope scaling 'yarn' is not supported",
                        m -> m.config("rope_scaling", Map.of("rope_type", "yarn", "factor", 2.0))),
                refused(
                        "E_CONFIG",
                        "partial_rotary_factor is 0.5; Graft computes 1.0 for llama",
                        m -> m.config("partial_rotary_factor", 0.5)),
                refused(
                        "E_CONFIG",
                        "rope_interleaved is true; Graft computes false for llama",
                        m -> m.config("rope_interleaved", true)),
                refused(
                        "E_CONFIG",
                        "tie_word_embeddings is false, but the checkpoint has no lm_head.weight",
                        m -> m.without("lm_head.weight")),
                refused(
                        "E_TENSOR_MISSING",
                        "model.layers.{layer}.mlp.up_proj.weight (layers 0-2) is missing",
                        m -> m.without("mlp.up_proj.weight")),
                refused(
                        "E_TENSOR_MISSING",
                        "model.layers.{layer}.input_layernorm.weight (layers 1) is missing",
                        m -> m.without("model.layers.1.input_layernorm.weight")),
                refused(
                        "E_TENSOR_MISSING",
                        "self_attn.q_proj.bias (layers 0-2) is missing",
                        m -> m.config("attention_bias", true)),
                refused(
                        "E_TENSOR_UNKNOWN",
                        "model.layers.{layer}.mlp.up_proj.bias (layers 0-2) is not a tensor of llama",
                        m -> m.inEveryLayer(3, "mlp.up_proj.bias", 160)),
                refused(
                        "E_TENSOR_UNKNOWN",
                        "model.layers.{layer}.self_attn.q_norm.weight (layers 0-2) is not",
                        m -> m.inEveryLayer(3, "self_attn.q_norm.weight", 64)),
                refused(
                        "E_FUSED",
                        "model.layers.{layer}.self_attn.qkv_proj.weight (layers 0-2) holds several",
                        m -> m.inEveryLayer(3, "self_attn.qkv_proj.weight", 128, 64)),
                refused(
                        "E_QUANTISED",
                        "config.json: the weights are quantised (gptq)",
                        m -> m.config("quantization_config", Map.of("quant_method", "gptq"))),
                refused(
                        "E_QUANTISED",
                        "self_attn.q_proj.qweight (layers 0-2) belongs to quantised weights",
                        m -> m.inEveryLayer(3, "self_attn.q_proj.qweight", 8, 64)),
                refused(
                        "E_QUANTISED",
                        "self_attn.q_proj.weight (layers 0-2) is stored as I8",
                        m -> m.dtype("I8").inEveryLayer(3, "self_attn.q_proj.weight", 64, 64)));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void model_that_is_not_what_graft_computes_is_refused(
            String code, String message, UnaryOperator<HeadersOnly> change) {
        Issues issues = new Issues();

        Optional<ModelShape> shape = ShapeReader.read(
                Catalog.standard().architecture("llama"),
                change.apply(HeadersOnly.small()).open(folder),
                issues);

        assertThat(shape).isEmpty();
        assertThat(issues.all()).anySatisfy(issue -> {
            assertThat(issue.code()).isEqualTo(code);
            assertThat(issue.message()).contains(message);
        });
    }

    @Test
    void window_in_some_layers_only_is_refused() {
        Issues issues = new Issues();

        Optional<ModelShape> shape = ShapeReader.read(
                Catalog.standard().architecture("qwen2"),
                HeadersOnly.small()
                        .config("sliding_window", 8)
                        .config("use_sliding_window", true)
                        .config("layer_types", List.of("full_attention", "sliding_attention", "full_attention"))
                        .open(folder),
                issues);

        assertThat(shape).isEmpty();
        assertThat(issues.all().get(0).message())
                .isEqualTo("config.json: a sliding window in only 1 of 3 layers is not supported");
    }

    @Test
    void all_problems_of_the_configuration_are_reported_together() {
        Issues issues = new Issues();

        Optional<ModelShape> shape = ShapeReader.read(
                Catalog.standard().architecture("llama"),
                HeadersOnly.small()
                        .config("hidden_act", "gelu")
                        .config("rms_norm_eps", "small")
                        .withoutConfig("vocab_size")
                        .open(folder),
                issues);

        assertThat(shape).isEmpty();
        assertThat(issues.all()).hasSize(3).allMatch(issue -> issue.code().equals("E_CONFIG"));
    }

    @Test
    void mistyped_tensor_is_told_with_the_nearest_names() {
        Issues issues = new Issues();

        Optional<ModelShape> shape = ShapeReader.read(
                Catalog.standard().architecture("llama"),
                HeadersOnly.small()
                        .without("mlp.up_proj.weight")
                        .inEveryLayer(3, "mlp.upp_proj.weight", 160, 64)
                        .open(folder),
                issues);

        assertThat(shape).isEmpty();
        assertThat(issues.all()).extracting(Issue::code).containsExactly("E_TENSOR_UNKNOWN", "E_TENSOR_MISSING");
        assertThat(issues.all().get(0).candidates()).startsWith("model.layers.{layer}.mlp.up_proj.weight");
        assertThat(issues.all().get(1).candidates()).startsWith("model.layers.{layer}.mlp.upp_proj.weight");
    }

    @Test
    void many_unknown_tensors_are_counted_after_the_first() {
        Issues issues = new Issues();
        HeadersOnly model = HeadersOnly.small();
        for (int extra = 0; extra < 100; extra++) {
            model.inEveryLayer(3, "mlp.extra" + extra + ".weight", 8, 8);
        }

        Optional<ModelShape> shape =
                ShapeReader.read(Catalog.standard().architecture("llama"), model.open(folder), issues);

        assertThat(shape).isEmpty();
        assertThat(issues.all()).hasSize(13);
        assertThat(issues.all().get(12).message()).isEqualTo("and 88 names more of that kind");
    }

    private ModelShape read(HeadersOnly model) {
        Issues issues = new Issues();
        ModelShape shape = read(model, issues);
        assertThat(issues.all()).isEmpty();
        return shape;
    }

    private ModelShape read(HeadersOnly model, Issues issues) {
        Checkpoint checkpoint = model.open(folder);
        Architecture architecture =
                Catalog.standard().architecture(checkpoint.config().modelType());
        return ShapeReader.read(architecture, checkpoint, issues).orElseThrow(() -> new AssertionError(issues.all()));
    }

    private static void set(HeadersOnly model, String key, @Nullable Object value) {
        if (value != null) {
            model.config(key, value);
        }
    }

    private static Arguments refused(String code, String message, UnaryOperator<HeadersOnly> change) {
        return Arguments.of(code, message, change);
    }
}
