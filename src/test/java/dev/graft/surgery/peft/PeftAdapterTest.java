package dev.graft.surgery.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.LayerSelector;
import dev.graft.dsl.Role;
import dev.graft.dsl.Stack;
import dev.graft.issue.GraftException;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the tensors that PEFT wrote. */
class PeftAdapterTest {
    private static final Checkpoint LLAMA = PeftFolders.base("tiny-llama");
    private static final String PREFIX = "base_model.model.model.layers.1.";

    @TempDir
    private Path folder;

    @Test
    void the_spec_names_the_adapted_maps_with_few_sentences() {
        InjectionPlan plan = PeftAdapter.open(PeftFolders.of("ia3"), LLAMA).plan();

        assertThat(plan.surgery().injections()).hasSize(2).allSatisfy(injection -> {
            assertThat(injection.layers()).isInstanceOf(LayerSelector.All.class);
            assertThat(injection.stack()).isEqualTo(Stack.ONLY);
        });
        assertThat(plan.surgery().injections().get(0).roles()).containsExactly(Role.K, Role.V);
        assertThat(plan.surgery().injections().get(1).roles()).containsExactly(Role.HIDDEN);
        assertThat(plan.sites()).hasSize(18);
    }

    @Test
    void layers_that_peft_left_out_are_left_out() {
        InjectionPlan plan = PeftAdapter.open(PeftFolders.of("lora"), LLAMA).plan();

        assertThat(plan.sites()).extracting(site -> site.key().layer()).containsOnly(1, 4);
        assertThat(plan.sites()).hasSize(14);
    }

    @Test
    void an_encoder_decoder_has_sites_in_both_stacks_and_in_cross_attention() {
        InjectionPlan plan = PeftAdapter.open(PeftFolders.of("t5-ia3"), PeftFolders.base("tiny-t5"))
                .plan();

        assertThat(plan.sites())
                .extracting(Site::module)
                .contains(
                        "encoder.block.0.layer.0.SelfAttention.k",
                        "decoder.block.3.layer.1.EncDecAttention.v",
                        "decoder.block.3.layer.2.DenseReluDense.act")
                .hasSize(4 * 3 + 4 * 5);
    }

    @Test
    void the_second_factor_is_transposed() {
        PeftAdapter adapter = PeftAdapter.open(PeftFolders.of("lora"), LLAMA);
        float[] stored = PeftFolders.tensor(PeftFolders.of("lora"), PREFIX + "self_attn.v_proj.lora_B.weight")
                .values(); // [64, 3]

        float[] read = adapter.floats("model.layers.1.self_attn.v_proj.lora_B"); // [1, 3, 64]

        for (int r = 0; r < 3; r++) {
            for (int o = 0; o < 64; o++) {
                assertThat(read[r * 64 + o]).isEqualTo(stored[o * 3 + r]);
            }
        }
    }

    @Test
    void a_missing_factor_another_rank_and_foreign_tensors_are_named_together() {
        refused(
                "lora",
                tensors -> {
                    tensors.remove(PREFIX + "self_attn.v_proj.lora_B.weight");
                    tensors.put(PREFIX + "self_attn.k_proj.lora_A.weight", zeros(2, 192));
                    tensors.put(PREFIX + "self_attn.q_proj.lora_magnitude_vector", zeros(192, 1));
                },
                "[E_ADAPTER]",
                "tensor '" + PREFIX + "self_attn.v_proj.lora_B.weight' is missing",
                "tensor '" + PREFIX + "self_attn.k_proj.lora_A.weight' is F32 [2, 192]",
                "make it [3, 192]",
                "[E_PEFT]",
                "tensor '" + PREFIX + "self_attn.q_proj.lora_magnitude_vector' is no part of a plain LORA adapter");
    }

    @Test
    void modules_that_the_base_lacks_are_named_with_those_it_has() {
        refused(
                "lora",
                tensors -> {
                    tensors.put("base_model.model.model.layers.6.self_attn.q_proj.lora_A.weight", zeros(2, 192));
                    tensors.put("base_model.model.lm_head.lora_A.weight", zeros(2, 192));
                },
                "[E_ADAPTER]",
                "llama of 6 layers has no such linear maps",
                "'model.layers.6.self_attn.q_proj', 'lm_head'",
                "nearest: model.layers.0.self_attn.q_proj");
    }

    @Test
    void a_vector_on_an_input_other_than_that_of_the_down_projection_has_no_equal() {
        refused(
                "ia3",
                tensors -> tensors.put(PREFIX + "self_attn.k_proj.ia3_l", zeros(1, 192)),
                "[E_PEFT]",
                "the vector of 'model.layers.1.self_attn.k_proj' scales its input (feedforward_modules)");
    }

    @Test
    void a_vector_on_the_output_of_the_down_projection_is_a_site_of_its_own() {
        Path changed = PeftFolders.holding("ia3", folder, tensors -> {
            tensors.keySet().removeIf(name -> !name.startsWith(PREFIX));
            tensors.put(PREFIX + "mlp.down_proj.ia3_l", zeros(192, 1));
        });

        assertThat(PeftAdapter.open(changed, LLAMA).plan().sites())
                .extracting(site -> site.key().role())
                .containsExactly(Role.K, Role.V, Role.DOWN);
    }

    @Test
    void infinities_are_refused() {
        refused(
                "ia3",
                tensors -> tensors.values().iterator().next().values()[3] = Float.POSITIVE_INFINITY,
                "[E_NONFINITE]",
                "at element 3");
    }

    @Test
    void pickled_tensors_are_refused() throws IOException {
        Path changed = PeftFolders.configured("lora", folder, config -> {});
        Files.move(changed.resolve(PeftNames.TENSORS), changed.resolve("adapter_model.bin"));

        assertThatThrownBy(() -> PeftAdapter.open(changed, LLAMA))
                .hasMessageContaining("[E_FORMAT]")
                .hasMessageContaining("safe_serialization=True");
    }

    private void refused(String kind, Consumer<Map<String, PeftFolders.Tensor>> change, String... parts) {
        Path changed = PeftFolders.holding(kind, folder, change);
        assertThatThrownBy(() -> PeftAdapter.open(changed, LLAMA))
                .isInstanceOfSatisfying(
                        GraftException.class,
                        refusal -> Arrays.stream(parts)
                                .forEach(part -> assertThat(refusal).hasMessageContaining(part)));
    }

    private static PeftFolders.Tensor zeros(int rows, int columns) {
        return new PeftFolders.Tensor(List.of((long) rows, (long) columns), new float[rows * columns]);
    }
}
