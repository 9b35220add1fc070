package dev.graft.surgery.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.dsl.Adapter;
import dev.graft.issue.GraftException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeftConfigReaderTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "modules_to_save         | [\"lm_head\"]",
                "bias                    | \"all\"",
                "bias                    | \"lora_only\"",
                "lora_bias               | true",
                "use_dora                | true",
                "fan_in_fan_out          | true",
                "layer_replication       | [[0, 2], [1, 3]]",
                "target_parameters       | [\"mlp.experts.gate_up_proj\"]",
                "trainable_token_indices | [1, 2]",
                "alora_invocation_tokens | [1, 2]",
                "arrow_config            | {\"top_k\": 3}",
                "kasa_config             | {\"beta\": 1}",
                "megatron_config         | {\"x\": 1}",
                "use_qalora              | true",
                "init_lora_weights       | \"pissa\"",
                "init_lora_weights       | \"pissa_niter_4\"",
                "init_lora_weights       | \"loftq\"",
                "task_type               | \"SEQ_CLS\"",
                "something_new           | {\"on\": true}",
                "r                       | 0",
                "r                       | 2.5",
                "lora_alpha              | \"16\"",
                "rank_pattern            | {\"q_proj\": \"2\"}",
                "rank_pattern            | {\"q_proj(\": 2}",
                "rank_pattern            | {\"(q+)+_proj\": 2}"
            })
    void what_an_adapter_of_graft_is_not_is_refused_by_name(String key, String value) {
        Path changed = PeftFolders.configured("lora", folder, config -> config.set(key, json(value)));

        assertThatThrownBy(() -> PeftConfigReader.read(changed.resolve(PeftNames.CONFIG)))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_PEFT]")
                .hasMessageContaining(key);
    }

    @Test
    void everything_that_stands_in_the_way_is_named_together() {
        Path changed = PeftFolders.configured("lora", folder, config -> {
            config.put("use_dora", true);
            config.put("bias", "all");
        });

        assertThatThrownBy(() -> PeftConfigReader.read(changed.resolve(PeftNames.CONFIG)))
                .hasMessageContaining("use_dora is true: DoRA normalises the adapted weight")
                .hasMessageContaining("bias is \"all\": biases of the base are trained")
                .hasMessageContaining("fix: merge it with PEFT's merge_and_unload");
    }

    @ParameterizedTest
    @ValueSource(strings = {"LOHA", "ADALORA", "PROMPT_TUNING", ""})
    void other_kinds_of_adapters_are_refused(String type) {
        Path changed = PeftFolders.configured("lora", folder, config -> config.put("peft_type", type));

        assertThatThrownBy(() -> PeftConfigReader.read(changed.resolve(PeftNames.CONFIG)))
                .hasMessageContaining("[E_PEFT]")
                .hasMessageContaining("peft_type is '" + type + "'; Graft reads LORA and IA3");
    }

    @Test
    void settings_that_are_off_or_say_nothing_of_the_function_are_read_over() {
        Path changed = PeftFolders.configured("lora", folder, config -> {
            config.putNull("a_later_setting");
            config.put("another_one", false);
            config.putObject("loftq_config");
            config.put("init_lora_weights", "gaussian");
            config.put("revision", "main");
        });

        assertThat(PeftConfigReader.read(changed.resolve(PeftNames.CONFIG)).rank())
                .isEqualTo(3);
    }

    /** Values by PEFT's rule: the first pattern that matches the whole name, or its end behind a dot. */
    @Test
    void patterns_give_a_module_its_rank_and_alpha() {
        PeftConfig config = PeftConfigReader.read(PeftFolders.of("lora").resolve(PeftNames.CONFIG));

        assertThat(lora(config, "model.layers.1.self_attn.q_proj"))
                .extracting(Adapter.Lora::rank)
                .isEqualTo(2);
        assertThat(lora(config, "model.layers.1.self_attn.k_proj").rank()).isEqualTo(3);
        assertThat(lora(config, "model.layers.4.mlp.down_proj").rank()).isEqualTo(4);
        assertThat(lora(config, "model.layers.1.mlp.down_proj").rank()).isEqualTo(3);
        assertThat(lora(config, "model.layers.1.self_attn.v_proj").alpha()).isEqualTo(9);
        assertThat(lora(config, "model.layers.4.self_attn.v_proj").alpha()).isEqualTo(6);
        assertThat(lora(config, "model.layers.4.self_attn.v_proj").dropout()).isEqualTo(0.05);
    }

    @Test
    void a_rank_stabilised_scale_is_alpha_by_the_root_of_the_rank() {
        PeftConfig config = PeftConfigReader.read(PeftFolders.of("rslora").resolve(PeftNames.CONFIG));

        Adapter.Lora lora = lora(config, "model.layers.0.self_attn.q_proj");
        assertThat(lora.alpha() / lora.rank()).isCloseTo(4 / Math.sqrt(3), within(1e-12));
    }

    @Test
    void a_file_that_is_missing_or_no_json_is_named() throws IOException {
        assertThatThrownBy(() -> PeftConfigReader.read(folder.resolve(PeftNames.CONFIG)))
                .hasMessageContaining("[E_NOT_FOUND]");
        Files.writeString(folder.resolve(PeftNames.CONFIG), "{\"peft_type\": ");
        assertThatThrownBy(() -> PeftConfigReader.read(folder.resolve(PeftNames.CONFIG)))
                .hasMessageContaining("[E_JSON]");
        Files.writeString(folder.resolve(PeftNames.CONFIG), "[]");
        assertThatThrownBy(() -> PeftConfigReader.read(folder.resolve(PeftNames.CONFIG)))
                .hasMessageContaining("[E_JSON]");
    }

    private static Adapter.Lora lora(PeftConfig config, String module) {
        return (Adapter.Lora) config.adapter(module);
    }

    private static JsonNode json(String text) {
        try {
            return PeftFolders.JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
