package dev.graft.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.graft.issue.GraftException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelConfigTest {
    /** As transformers 4 writes it. */
    private static final ModelConfig OLD = ModelConfig.of("""
            {"model_type": "llama", "hidden_size": 48, "num_attention_heads": 4, "head_dim": null,
             "rms_norm_eps": 1e-05, "rope_theta": 500000, "tie_word_embeddings": true, "eos_token_id": 2,
             "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                              "original_max_position_embeddings": 64, "rope_type": "llama3"},
             "torch_dtype": "bfloat16", "architectures": ["LlamaForCausalLM"], "mlp_only_layers": [1, 3]}
            """);

    /** As transformers 5 writes it. */
    private static final ModelConfig NEW = ModelConfig.of("""
            {"model_type": "llama", "eos_token_id": [2, 5], "dtype": "float32",
             "rope_parameters": {"rope_theta": 500000.0, "rope_type": "linear", "factor": 2.0}}
            """);

    @Test
    void values_have_their_types_and_null_is_absent() {
        assertThat(OLD.modelType()).isEqualTo("llama");
        assertThat(OLD.positive("hidden_size")).isEqualTo(48);
        assertThat(OLD.integer("head_dim", 48 / 4)).isEqualTo(12);
        assertThat(OLD.optionalInteger("head_dim")).isEmpty();
        assertThat(OLD.has("head_dim")).isFalse();
        assertThat(OLD.decimal("rms_norm_eps")).isEqualTo(1e-5);
        assertThat(OLD.flag("tie_word_embeddings")).isTrue();
        assertThat(OLD.flag("attention_bias", false)).isFalse();
        assertThat(OLD.texts("architectures")).containsExactly("LlamaForCausalLM");
        assertThat(OLD.integers("mlp_only_layers")).containsExactly(1, 3);
        assertThat(OLD.integers("none")).isEmpty();
        assertThat(OLD.integer("rope_scaling.original_max_position_embeddings")).isEqualTo(64);
    }

    @Test
    void old_and_new_keys_say_the_same() {
        assertThat(OLD.ropeTheta(10_000)).isEqualTo(500_000);
        assertThat(NEW.ropeTheta(10_000)).isEqualTo(500_000);
        assertThat(OLD.dtype()).hasValue("bfloat16");
        assertThat(NEW.dtype()).hasValue("float32");
        assertThat(OLD.eosTokenIds()).containsExactly(2);
        assertThat(NEW.eosTokenIds()).containsExactly(2, 5);
    }

    @Test
    void what_is_absent_has_the_fallback() {
        ModelConfig empty = ModelConfig.of("{}");

        assertThat(empty.ropeTheta(10_000)).isEqualTo(10_000);
        assertThat(empty.ropeScaling()).isEqualTo(new RopeScaling.None());
        assertThat(empty.dtype()).isEmpty();
        assertThat(empty.eosTokenIds()).isEmpty();
        assertThat(empty.quantisation()).isEmpty();
    }

    static Stream<Arguments> scalings() {
        return Stream.of(
                arguments("{\"rope_scaling\": null}", new RopeScaling.None()),
                arguments("{\"rope_scaling\": {\"type\": \"linear\", \"factor\": 4}}", new RopeScaling.Linear(4)),
                arguments("{\"rope_scaling\": {\"rope_type\": \"default\"}}", new RopeScaling.None()),
                arguments("{\"rope_scaling\": {\"rope_type\": \"yarn\"}}", new RopeScaling.Other("yarn")),
                arguments("{\"rope_parameters\": {\"rope_theta\": 1e4}}", new RopeScaling.None()),
                arguments(
                        "{\"rope_parameters\": {\"full_attention\": {\"rope_type\": \"default\"}}}",
                        new RopeScaling.Other("one per kind of attention")));
    }

    @ParameterizedTest
    @MethodSource("scalings")
    void rope_scaling_is_read_by_its_type(String json, RopeScaling scaling) {
        assertThat(ModelConfig.of(json).ropeScaling()).isEqualTo(scaling);
    }

    @Test
    void llama3_scaling_has_its_four_numbers() {
        assertThat(OLD.ropeScaling()).isEqualTo(new RopeScaling.Llama3(8, 1, 4, 64));
    }

    @Test
    void quantised_weights_are_told() {
        assertThat(ModelConfig.of("{\"quantization_config\": {\"quant_method\": \"gptq\", \"bits\": 4}}")
                        .quantisation())
                .hasValue("gptq");
    }

    static Stream<Arguments> wrongValues() {
        return Stream.of(
                wrong("{}", c -> c.integer("hidden_size"), "'hidden_size' is missing, expected a whole number"),
                wrong(
                        "{\"n\": \"six\"}",
                        c -> c.integer("n"),
                        "'n' must be a whole number below 2^31, found the text 'six'"),
                wrong("{\"n\": 32.0}", c -> c.integer("n"), "'n' must be a whole number below 2^31, found 32.0"),
                wrong("{\"n\": 2147483648}", c -> c.integer("n"), "found 2147483648"),
                wrong("{\"n\": 1e400}", c -> c.integer("n"), "found Infinity"),
                wrong("{\"n\": 0}", c -> c.positive("n"), "'n' must be at least 1, found 0"),
                wrong("{\"n\": true}", c -> c.decimal("n"), "'n' must be a number, found true"),
                wrong("{\"n\": 1}", c -> c.flag("n"), "'n' must be true or false, found 1"),
                wrong("{\"n\": {}}", c -> c.text("n"), "'n' must be a text, found an object"),
                wrong("{\"n\": [1, \"x\"]}", c -> c.integers("n"), "found the text 'x'"),
                wrong("{\"n\": 3}", c -> c.integer("n.m"), "'n' must be an object, found 3"),
                wrong(
                        "{\"rope_scaling\": {\"factor\": 2}}",
                        c -> c.ropeScaling(),
                        "'rope_scaling.rope_type' is missing"),
                wrong(
                        "{\"rope_scaling\": {\"type\": \"linear\"}}",
                        c -> c.ropeScaling(),
                        "'rope_scaling.factor' is missing, expected a number"));
    }

    private static Arguments wrong(String json, Function<ModelConfig, Object> use, String message) {
        return arguments(json, use, message);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongValues")
    void a_wrong_value_is_named(String json, Function<ModelConfig, Object> use, String message) {
        ModelConfig config = ModelConfig.of(json);

        assertThatThrownBy(() -> use.apply(config))
                .isInstanceOf(GraftException.class)
                .hasMessageStartingWith("[E_CONFIG] config.json: ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "{} {}", "{\"a\": 1, \"a\": 2}", "nonsense"})
    void a_text_that_is_no_object_is_refused(String json) {
        assertThatThrownBy(() -> ModelConfig.of(json)).hasMessageStartingWith("[E_CONFIG] config.json: ");
    }

    @Test
    void deep_nesting_is_refused_without_a_stack_overflow() {
        assertThatThrownBy(() -> ModelConfig.of("{\"a\":".repeat(100_000)))
                .isInstanceOf(GraftException.class)
                .hasMessageStartingWith("[E_CONFIG]");
    }

    @Test
    void python_infinities_are_read() {
        assertThat(ModelConfig.of("{\"limit\": Infinity}").decimal("limit")).isEqualTo(Double.POSITIVE_INFINITY);
    }

    @Test
    void the_file_is_named(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("config.json"), new byte[] {'{', '"', (byte) 0xFF, '"', '}'});

        assertThatThrownBy(() -> ModelConfig.read(file))
                .hasMessage("[E_CONFIG] " + file + ": byte 0xff at offset 2 is not UTF-8");
    }
}
