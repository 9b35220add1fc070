package dev.graft.surgery.weights;

import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.graft.catalog.Methods;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.SafetensorsWriter;
import dev.graft.dsl.Block;
import dev.graft.dsl.LayerSpec;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeTest {
    private static final Path LLAMA = Models.SAMPLES.resolve("tiny-llama");
    private static final Path MIXTRAL = Models.SAMPLES.resolve("tiny-mixtral");
    private static final Path T5 = Models.SAMPLES.resolve("tiny-t5");
    private static final Path GOLDENS =
            Path.of(System.getProperty("graft.goldens")).resolve("models");

    /** Weights of 8 significant bits, each rounded once. */
    private static final double BF16 = 0x1p-6;

    private static final double FP32 = 1e-5;

    @TempDir
    Path folder;

    @Test
    void lora_folds_into_a_dense_model() {
        Surgery lora = everywhere(layer -> {
            layer.attention(a -> a.on(Q, K, V, O).lora(3));
            layer.ffn(f -> f.on(GATE, UP, DOWN).lora(2));
        });

        assertFolds(Models.inFp32(LLAMA, folder.resolve("base")), lora, FP32);
        assertFolds(Checkpoint.open(LLAMA), lora, BF16);
    }

    @Test
    void vectors_fold_into_rows_and_columns_and_biases() {
        Surgery ia3 = everywhere(layer -> {
            layer.attention(a -> a.on(K, V).ia3());
            layer.ffn(f -> f.on(HIDDEN).ia3());
            layer.ffn(f -> f.on(DOWN).lora(2));
        });

        assertFolds(Models.inFp32(LLAMA, folder.resolve("llama")), ia3, FP32);
        assertFolds(Models.inFp32(GOLDENS.resolve("qwen2"), folder.resolve("qwen2")), ia3, FP32);
    }

    @Test
    void a_widened_router_with_lora_everywhere_becomes_one_tensor() {
        Surgery adamoe = everywhere(layer -> {
            layer.moe(moe -> {
                moe.router(r -> r.nullExperts(8).topK(3).lora(4).balance(constant(1e-2)));
                moe.experts(e -> e.lora(2));
            });
            layer.attention(a -> a.on(Q, V).lora(2));
        });

        Checkpoint merged = assertFolds(Models.inFp32(MIXTRAL, folder.resolve("base")), adamoe, FP32);
        assertThat(merged.tensor("model.layers.0.block_sparse_moe.gate.weight").shape())
                .containsExactly(16L, 128L);
        assertThat(merged.find("model.layers.0.block_sparse_moe.gate2.weight")).isEmpty();
        assertThat(merged.config().integer("graft_null_experts")).isEqualTo(8);
        assertThat(merged.config().integer("num_experts_per_tok")).isEqualTo(3);
        assertThat(merged.folder().resolve("README.md")).content().contains("Only in Graft");
    }

    @Test
    void lora_and_vectors_fold_into_every_site_of_an_encoder_decoder() {
        Checkpoint base = Models.inFp32(T5, folder.resolve("base"));
        Block<LayerSpec> own = layer -> {
            layer.attention(a -> a.on(Q, K, V, O).lora(3));
            layer.ffn(f -> f.on(GATE, UP, DOWN).lora(2));
        };
        Block<LayerSpec> vectors = Methods.ia3();

        Surgery lora = both(
                own,
                own.then(layer -> layer.crossAttention(a -> a.on(Q, K, V, O).lora(3))));
        assertFolds(base, lora, FP32);
        assertFolds(Checkpoint.open(T5), lora, BF16);
        assertFolds(
                base,
                both(
                        vectors,
                        vectors.then(
                                layer -> layer.crossAttention(a -> a.on(K, V).ia3()))),
                FP32);
    }

    @Test
    void mixtures_of_an_encoder_decoder_are_refused_site_by_site() {
        Checkpoint base = Checkpoint.open(T5);
        Surgery mov = surgery("mov", s -> Methods.movOnT5(3, soft()).accept(s));
        Path adapter = Models.adapter(folder.resolve("a.safetensors"), mov, base, 0.1);

        assertThatThrownBy(() -> Models.merge(mov, base, adapter, folder.resolve("merged")))
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.type(GraftException.class))
                .satisfies(refused -> assertThat(refused.issues())
                        .allSatisfy(issue -> assertThat(issue.code()).isEqualTo("E_UNMERGEABLE"))
                        .extracting(Issue::message)
                        .anyMatch(message -> message.startsWith("crossAttention k of layers 0-3"))
                        .anyMatch(message -> message.startsWith("ffn hidden of layers 0-3")));
        assertThat(folder.resolve("merged")).doesNotExist();
    }

    @Test
    void weights_that_were_trained_themselves_take_the_places_of_the_old_ones() {
        Surgery all = surgery("all", s -> {
            s.trainEverything();
            s.training(t -> t.precision(Training.Precision.FP32).length(64));
        });

        for (Path model : List.of(LLAMA, T5)) {
            Checkpoint base = Checkpoint.open(model);
            Path trained = Models.adapter(fresh("adapter"), all, base, 0.1);
            Checkpoint merged = Models.merge(all, base, trained, fresh("merged"));

            SafetensorsFile values = SafetensorsFile.open(trained);
            assertThat(values.tensors().keySet()).isEqualTo(base.tensors().keySet());
            base.tensors().forEach((name, tensor) -> {
                assertThat(merged.tensor(name).dtype()).isEqualTo(tensor.dtype());
                double[] expected = values.doubles(name);
                double[] found = merged.shardOf(merged.tensor(name)).doubles(name);
                for (int i = 0; i < expected.length; i++) {
                    assertThat(found[i]).isCloseTo(expected[i], within(Math.abs(expected[i]) * 0x1p-8));
                }
            });
            assertThat(Models.distance(Models.logits(merged), Models.logits(base, all, trained)))
                    .isLessThan(BF16);
        }
    }

    @Test
    void each_element_of_an_expert_is_the_exact_sum_rounded_once_to_its_type() {
        // given
        Checkpoint base = Checkpoint.open(MIXTRAL);
        Surgery lora = everywhere(layer -> layer.moe(moe -> moe.experts(e -> e.lora(2))));
        Path adapter = Models.adapter(folder.resolve("a.safetensors"), lora, base, 0.1);

        // when
        Checkpoint merged = Models.merge(lora, base, adapter, folder.resolve("merged"));

        // then
        String expert = "model.layers.1.block_sparse_moe.experts.5.w2.weight";
        double[] w = base.shardOf(base.tensor(expert)).doubles(expert); // [128, 256]
        double[] folded = merged.shardOf(merged.tensor(expert)).doubles(expert);
        SafetensorsFile file = SafetensorsFile.open(adapter);
        String site = "model.layers.1.block_sparse_moe.experts.{e}.w2";
        double[] a = file.doubles(site + ".lora_A"); // [8, 2, 256]
        double[] b = file.doubles(site + ".lora_B"); // [8, 2, 128]
        double scale = 2; // alpha is twice the rank
        for (int i = 0; i < 128; i++) {
            for (int j = 0; j < 256; j++) {
                double sum = w[i * 256 + j];
                for (int r = 10; r < 12; r++) {
                    sum += scale * b[r * 128 + i] * a[r * 256 + j];
                }
                assertThat(folded[i * 256 + j]).isCloseTo(sum, within(Math.abs(sum) * 0x1.01p-8 + 1e-8));
            }
        }
    }

    @Test
    void untrained_copies_stay_tied_in_one_tensor() {
        Surgery frozen = everywhere(layer -> layer.moe(moe -> {
            moe.router(r -> r.nullExperts(8).topK(3));
            moe.experts(e -> e.lora(2));
        }));

        assertFolds(Models.inFp32(MIXTRAL, folder.resolve("base")), frozen, FP32);
    }

    @Test
    void drawn_null_rows_are_written_as_the_surgery_drew_them() {
        Surgery drawn = everywhere(layer -> layer.moe(moe -> moe.router(r ->
                r.nullExperts(5).nullRows(RouterInit.NORMAL).topK(3).lora(2).balance(constant(1e-2)))));

        assertFolds(Models.inFp32(MIXTRAL, folder.resolve("base")), drawn, FP32);
    }

    @Test
    void a_patched_and_a_merged_checkpoint_are_bases_like_others() {
        // given
        Checkpoint base = Models.inFp32(MIXTRAL, folder.resolve("base"));
        Checkpoint patched = Models.patch(
                everywhere(layer ->
                        layer.moe(moe -> moe.router(r -> r.nullExperts(8).topK(3)))),
                base,
                folder.resolve("patched"));
        Surgery lora = everywhere(layer -> {
            layer.moe(moe -> moe.router(r -> r.lora(2).balance(constant(1e-2))));
            layer.attention(a -> a.on(Q).lora(2));
        });

        // when
        Checkpoint once = assertFolds(patched, lora, FP32);
        Checkpoint twice = assertFolds(once, lora, FP32);

        // then
        assertThat(once.shards()).hasSize(1);
        assertThat(twice.tensor("model.layers.3.block_sparse_moe.gate.weight").shape())
                .containsExactly(16L, 128L);
    }

    @Test
    void a_base_with_another_top_k_says_so_in_its_configuration() {
        Surgery fewer = everywhere(layer -> layer.moe(moe -> {
            moe.router(r -> r.topK(1));
            moe.experts(e -> e.lora(2));
        }));

        Checkpoint merged = assertFolds(Models.inFp32(MIXTRAL, folder.resolve("base")), fewer, FP32);

        assertThat(merged.config().integer("num_experts_per_tok")).isEqualTo(1);
        assertThat(merged.config().has("graft_null_experts")).isFalse();
    }

    @Test
    void what_cannot_be_folded_is_refused_all_together() {
        // given
        Surgery mixed = surgery("mixed", s -> {
            s.layers(exactly(0, 1), layer -> {
                layer.attention(a -> a.on(Q).mixture(4, e -> e.lora(2)).router(soft()));
                layer.moe(moe -> moe.beside().lora(2));
            });
            s.layers(
                    all(),
                    layer -> layer.moe(moe -> moe.router(r -> r.identityNulls(8).topK(3))));
        });
        Checkpoint base = Checkpoint.open(MIXTRAL);
        Path adapter = Models.adapter(folder.resolve("a.safetensors"), mixed, base, 0.1);

        // then
        assertThatThrownBy(() -> Models.merge(mixed, base, adapter))
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.type(GraftException.class))
                .satisfies(refused -> assertThat(refused.issues())
                        .extracting(issue -> issue.code() + ": " + issue.message())
                        .containsExactly(
                                "E_UNMERGEABLE: attention q of layers 0-1 can't be folded into its weight: the router weighs the"
                                        + " experts anew for each token or sequence",
                                "E_UNMERGEABLE: moe beside of layers 0-1 can't be folded into its weight: it stands beside the"
                                        + " block: there is no weight to fold it into",
                                "E_UNSTORABLE: the router of layers 0-3: a checkpoint's null experts give 0, identity nulls give"
                                        + " their input"));
    }

    @Test
    void an_adapter_of_another_surgery_or_with_damaged_numbers_is_refused() {
        // given
        Checkpoint base = Checkpoint.open(LLAMA);
        Surgery lora = everywhere(layer -> layer.attention(a -> a.on(Q).lora(2)));
        Surgery other = everywhere(layer -> layer.attention(a -> a.on(V).lora(2)));
        Path adapter = Models.adapter(folder.resolve("a.safetensors"), lora, base, 0.1);
        Path damaged = folder.resolve("damaged.safetensors");
        damage(adapter, damaged);

        // then
        assertThatThrownBy(() -> Models.merge(other, base, adapter)).hasMessageContaining("[E_ADAPTER]");
        assertThatThrownBy(() -> Models.merge(lora, base, damaged)).hasMessageContaining("[E_NONFINITE]");
    }

    @Test
    void a_sum_beyond_the_stored_type_leaves_nothing_behind() {
        Checkpoint base = Checkpoint.open(LLAMA);
        Surgery lora = everywhere(layer -> layer.attention(a -> a.on(Q).lora(2)));
        Path huge = Models.adapter(folder.resolve("huge.safetensors"), lora, base, 1e25);

        assertThatThrownBy(() -> Models.merge(lora, base, huge, folder.resolve("merged")))
                .hasMessageContaining("[E_NONFINITE]")
                .hasMessageContaining("q_proj.weight");
        assertThat(folder.resolve("merged")).doesNotExist();
        assertThat(folder.resolve("merged.partial")).doesNotExist();
    }

    private Checkpoint assertFolds(Checkpoint base, Surgery surgery, double tolerance) {
        Path adapter = Models.adapter(fresh("adapter"), surgery, base, 0.1);
        float[] apart = Models.logits(base, surgery, adapter);

        Checkpoint merged = Models.merge(surgery, base, adapter, fresh("merged"));

        assertThat(Models.distance(Models.logits(merged), apart)).isLessThan(tolerance);
        assertThat(Models.distance(apart, Models.logits(base)))
                .as("the adapter changes the model")
                .isGreaterThan(5 * tolerance);
        return merged;
    }

    private Path fresh(String name) {
        Path path = folder.resolve(name);
        for (int i = 2; java.nio.file.Files.exists(path); i++) {
            path = folder.resolve(name + i);
        }
        return path;
    }

    private static void damage(Path adapter, Path damaged) {
        SafetensorsFile file = SafetensorsFile.open(adapter);
        SafetensorsWriter writer = new SafetensorsWriter().metadata(file.metadata());
        file.tensors().values().forEach(tensor -> {
            float[] values = file.floats(tensor.name());
            values[1] = Float.NaN;
            writer.floats(tensor.name(), tensor.shape(), values);
        });
        writer.write(damaged, IfExists.REFUSE);
    }

    private static Surgery both(Block<LayerSpec> encoder, Block<LayerSpec> decoder) {
        return surgery("folded", s -> s.encoder(all(), encoder).decoder(all(), decoder));
    }

    private static Surgery everywhere(Block<LayerSpec> layer) {
        return surgery("folded", s -> {
            s.layers(all(), layer::accept);
            s.training(t -> t.length(64));
        });
    }
}
