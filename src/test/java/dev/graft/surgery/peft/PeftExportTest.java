package dev.graft.surgery.peft;

import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.catalog.Methods;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.SafetensorsWriter;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training;
import dev.graft.issue.GraftException;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Surgeon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeftExportTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "lora, tiny-llama",
        "rslora, tiny-llama",
        "ia3, tiny-llama",
        "t5-lora, tiny-t5",
        "t5-ia3, tiny-t5",
        "mixtral-attention, tiny-mixtral"
    })
    void what_peft_wrote_comes_out_as_peft_wrote_it(String kind, String baseName) throws IOException {
        // given
        Checkpoint base = PeftFolders.base(baseName);
        PeftAdapter read = PeftAdapter.open(PeftFolders.of(kind), base);

        // when
        Path written = export(read.plan(), base, read::floats);

        // then: PEFT's own tensors, bit for bit
        var expected = PeftFolders.tensors(PeftFolders.of(kind));
        assertThat(PeftFolders.tensors(written).keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
        expected.forEach((name, tensor) -> {
            PeftFolders.Tensor own = PeftFolders.tensor(written, name);
            assertThat(own.shape()).as(name).isEqualTo(tensor.shape());
            assertThat(own.values()).as(name).isEqualTo(tensor.values());
        });
        assertThat(config(written).path("task_type").asText())
                .isEqualTo(config(PeftFolders.of(kind)).path("task_type").asText());
        // and: a configuration that says the same of every module
        assertThat(PeftAdapter.open(written, base).plan().modelHash())
                .isEqualTo(read.plan().modelHash());
    }

    @Test
    void short_names_stand_for_all_maps_of_that_name_and_whole_names_for_some() throws IOException {
        Checkpoint llama = PeftFolders.base("tiny-llama");
        InjectionPlan plan = plan(
                surgery("short", s -> {
                    s.layers(all(), layer -> layer.attention(a -> a.on(Q).lora(4, l -> l.alpha(8))));
                    s.layers(exactly(2), layer -> layer.attention(a -> a.on(V).lora(2, l -> l.alpha(5))));
                    s.layers(all(), layer -> layer.ffn(f -> f.on(UP).lora(4, l -> l.alpha(2.5))));
                }),
                llama);

        JsonNode config = config(export(plan, llama, zeros(plan)));

        assertThat(config.path("target_modules"))
                .extracting(JsonNode::asText)
                .containsExactlyInAnyOrder("q_proj", "model.layers.2.self_attn.v_proj", "up_proj");
        assertThat(config.path("r").asInt()).isEqualTo(4);
        assertThat(config.path("lora_alpha").asInt()).isEqualTo(8);
        assertThat(config.path("rank_pattern")).isEqualTo(PeftFolders.JSON.readTree("{\"v_proj\":2}"));
        assertThat(config.path("alpha_pattern")).isEqualTo(PeftFolders.JSON.readTree("{\"v_proj\":5,\"up_proj\":2.5}"));
        assertThat(config.path("base_model_name_or_path").asText()).isEqualTo("org/name");
    }

    /** In T5, {@code k} alone would mean the encoder's too; PEFT wants each input-scaled module among its targets. */
    @Test
    void vectors_on_inputs_are_feedforward_modules() throws IOException {
        Checkpoint t5 = PeftFolders.base("tiny-t5");
        InjectionPlan plan = plan(
                surgery("vectors", s -> {
                    s.decoder(exactly(0), layer -> {
                        layer.attention(a -> a.on(K).ia3());
                        layer.ffn(f -> f.on(HIDDEN).ia3());
                    });
                    s.decoder(exactly(1), layer -> layer.ffn(f -> f.on(DOWN).ia3()));
                }),
                t5);

        Path written = export(plan, t5, zeros(plan));

        JsonNode config = config(written);
        String hidden = "decoder.block.0.layer.2.DenseReluDense.wo";
        assertThat(config.path("target_modules"))
                .extracting(JsonNode::asText)
                .containsExactlyInAnyOrder(
                        "decoder.block.0.layer.0.SelfAttention.k", hidden, "decoder.block.1.layer.2.DenseReluDense.wo");
        assertThat(config.path("feedforward_modules"))
                .extracting(JsonNode::asText)
                .containsExactly(hidden);
        assertThat(PeftFolders.tensor(written, "base_model.model." + hidden + ".ia3_l")
                        .shape())
                .containsExactly(1L, 320L);
        assertThat(PeftFolders.tensor(written, "base_model.model.decoder.block.1.layer.2.DenseReluDense.wo.ia3_l")
                        .shape())
                .containsExactly(128L, 1L);
    }

    @Test
    void what_peft_can_not_express_is_named_together() {
        Checkpoint mixtral = PeftFolders.base("tiny-mixtral");
        InjectionPlan plan = plan(
                surgery(
                        "refused",
                        s -> s.layers(all(), layer -> {
                            layer.attention(
                                    a -> a.on(Q).mixture(4, e -> e.lora(2)).router(soft()));
                            layer.attention(a -> a.on(V).lora(2));
                            layer.attention(a -> a.on(K).ia3());
                            layer.moe(moe -> {
                                moe.router(r -> r.nullExperts(8).topK(3).lora(2).balance(constant(1e-2)));
                                moe.experts(e -> e.lora(2));
                            });
                        })),
                mixtral);

        assertRefused(
                plan,
                mixtral,
                "[E_UNEXPORTABLE] attention q of layers 0-3 can't be written for PEFT: PEFT has no mixture",
                "[E_UNEXPORTABLE] attention k of layers 0-3 can't be written for PEFT: an adapter of PEFT is LoRA or (IA)3",
                "[E_UNEXPORTABLE] moe gate of layers 0-3 can't be written for PEFT: transformers keeps the experts",
                "[E_UNEXPORTABLE] moe router of layers 0-3 can't be written for PEFT: in transformers a router",
                "[E_UNEXPORTABLE] moe null_router of layers 0-3",
                "[E_UNEXPORTABLE] the pretrained routers of layers 0-3 can't be written for PEFT: the spec changes",
                "PeftExportTest.java:");
        assertThatThrownBy(() -> PeftExport.of(plan, mixtral, adapter(plan, zeros(plan))))
                .hasMessageNotContaining("attention v");
    }

    @Test
    void adapters_beside_moe_blocks_are_refused() {
        Checkpoint olmoe = PeftFolders.base("tiny-olmoe");
        InjectionPlan plan =
                plan(surgery("perft", s -> s.layers(all(), Methods.perftR(4, 2, Methods.perftParallel(2)))), olmoe);

        assertRefused(plan, olmoe, "moe beside of layers 0-", "PEFT has no adapter beside a MoE block");
    }

    @Test
    void one_down_projection_is_not_scaled_on_both_sides() {
        Checkpoint llama = PeftFolders.base("tiny-llama");
        InjectionPlan plan = plan(
                surgery(
                        "both",
                        s -> s.layers(
                                all(),
                                layer -> layer.ffn(f -> f.on(HIDDEN, DOWN).ia3()))),
                llama);

        assertRefused(plan, llama, "ffn hidden of layers 0-5", "PEFT scales the input or the output");
    }

    @Test
    void trained_weights_are_no_adapter() {
        InjectionPlan plan = plan(
                surgery("whole", s -> {
                    s.trainEverything();
                    s.training(t -> t.precision(Training.Precision.FP32));
                }),
                PeftFolders.base("tiny-llama"));

        assertThatThrownBy(() -> ExportRules.check(plan))
                .hasMessageContaining("[E_UNEXPORTABLE] the pretrained weights themselves were trained");
    }

    private void assertRefused(InjectionPlan plan, Checkpoint base, String... parts) {
        assertThatThrownBy(() -> PeftExport.of(plan, base, adapter(plan, zeros(plan))))
                .isInstanceOfSatisfying(
                        GraftException.class,
                        refusal -> Arrays.stream(parts)
                                .forEach(part -> assertThat(refusal).hasMessageContaining(part)));
    }

    private static InjectionPlan plan(Surgery surgery, Checkpoint base) {
        return Surgeon.plan(surgery, base);
    }

    private static Function<String, float[]> zeros(InjectionPlan plan) {
        Map<String, float[]> values = new HashMap<>();
        plan.pieces().forEach(piece -> values.put(piece.tensor(), new float[Math.toIntExact(piece.elements())]));
        return name -> Objects.requireNonNull(values.get(name), name);
    }

    private Path export(InjectionPlan plan, Checkpoint base, Function<String, float[]> tensors) throws IOException {
        Path out = Files.createDirectory(folder.resolve("exported"));
        PeftExport.of(plan, base, adapter(plan, tensors)).write(out, Optional.of("org/name"));
        return out;
    }

    private SafetensorsFile adapter(InjectionPlan plan, Function<String, float[]> tensors) {
        SafetensorsWriter writer = new SafetensorsWriter();
        plan.pieces().forEach(piece -> writer.floats(piece.tensor(), piece.shape(), tensors.apply(piece.tensor())));
        Path file = folder.resolve("adapter.safetensors");
        writer.write(file, IfExists.REPLACE);
        return SafetensorsFile.open(file);
    }

    private static JsonNode config(Path folder) throws IOException {
        return PeftFolders.JSON.readTree(folder.resolve(PeftNames.CONFIG).toFile());
    }
}
