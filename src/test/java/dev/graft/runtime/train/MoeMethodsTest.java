package dev.graft.runtime.train;

import static dev.graft.catalog.Methods.*;
import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.codegen.ModelEmitter;
import dev.graft.dsl.Block;
import dev.graft.dsl.ExpertSpec;
import dev.graft.dsl.LayerSpec;
import dev.graft.dsl.PretrainedRouterSpec;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.TrainingSpec;
import dev.graft.runtime.data.DataSpec;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.PlanJson;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The papers' own checks of AdaMoE on MoE models and of PERFT, on emitted models. */
class MoeMethodsTest {
    /** fp32 sums in another order, relative to the largest value. */
    private static final double ROUNDING = 5e-6;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"tiny-mixtral", "tiny-olmoe"})
    void nothing_added_and_nothing_trained_is_the_base_bit_for_bit(String name) {
        int k = TinyMoe.untouched(name).plan().base().shape().experts().topK();
        TinyMoe same = TinyMoe.on(
                name,
                layer -> layer.moe(moe -> {
                    moe.router(r -> r.topK(k).lora(4));
                    moe.experts(e -> e.lora(4));
                }));

        assertThat(same.run(same.start()).logits())
                .isEqualTo(TinyMoe.untouched(name).run(Map.of()).logits());
    }

    @ParameterizedTest
    @MethodSource("tied")
    void untrained_tiled_router_keeps_the_bases_experts(int nulls, int k) {
        TinyMoe widened = TinyMoe.mixtral(adaMoeExpansion(nulls, k));

        TinyMoe.Outcome untrained = widened.run(widened.start());

        assertClose(
                untrained.logits(),
                TinyMoe.untouched("tiny-mixtral").run(Map.of()).logits());
        assertThat(untrained.loads())
                .hasSize(4)
                .allSatisfy(load -> assertThat(load).hasSize(48).containsOnly(2f));
    }

    static Stream<Arguments> tied() {
        return Stream.of(Arguments.of(8, 3), Arguments.of(8, 4), Arguments.of(16, 4));
    }

    @Test
    void weights_of_true_experts_sum_to_one_or_to_nothing() {
        TinyMoe widened = TinyMoe.mixtral(layer -> layer.moe(
                moe -> moe.router(r -> r.nullExperts(16).topK(2).lora(8).balance(constant(0.01)))));

        TinyMoe.Outcome trained = widened.run(widened.trained());

        boolean bypassed = false;
        for (int layer = 0; layer < 4; layer++) {
            for (int token = 0; token < 48; token++) {
                float load = trained.loads().get(layer)[token];
                double sum = 0;
                for (int expert = 0; expert < 8; expert++) {
                    sum += trained.weights().get(layer)[token * 8 + expert];
                }
                bypassed |= load == 0;
                assertThat(sum).isCloseTo(load == 0 ? 0 : 1, within(1e-6));
            }
        }
        assertThat(bypassed).as("a token without a true expert").isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-mixtral", "tiny-olmoe"})
    void routing_to_all_adapters_with_equal_probabilities_is_their_mean(String name) {
        for (Block<ExpertSpec> adapter : List.of(perftLora(4), perftParallel(4))) {
            TinyMoe routed = TinyMoe.on(name, perftR(4, 4, adapter));
            TinyMoe dense = TinyMoe.on(name, perftD(4, adapter));
            Map<String, float[]> all = dense.trained();
            Map<String, float[]> quarter = dense.trained();
            quarter.forEach((tensor, values) -> {
                if (tensor.endsWith("_B") || tensor.endsWith(".w2")) {
                    scale(values, 0.25f);
                }
            });
            Map<String, float[]> equal = routed.trained();
            equal.replaceAll(
                    (tensor, values) -> tensor.endsWith(".router") ? new float[values.length] : all.get(tensor));

            assertClose(routed.run(equal).logits(), dense.run(quarter).logits());
        }
    }

    private static void scale(float[] values, float by) {
        for (int i = 0; i < values.length; i++) {
            values[i] *= by;
        }
    }

    @Test
    void null_rows_learn_from_the_balance_loss_alone() {
        TinyMoe widened = TinyMoe.mixtral(adaMoeExpansion(8, 3));

        TinyMoe.Outcome trained = widened.run(widened.trained());

        for (int layer = 0; layer < 4; layer++) {
            String block = "model.layers." + layer + ".block_sparse_moe.";
            assertThat(trained.lm(block + "gate2.lora_A")).containsOnly(0f);
            assertThat(trained.lm(block + "gate2.lora_B")).containsOnly(0f);
            assertThat(largest(trained.lm(block + "gate.lora_A"))).isPositive();
            assertThat(largest(trained.lm(block + "gate.lora_B"))).isPositive();
            assertThat(largest(trained.lm(block + "experts.{e}.w2.lora_B"))).isPositive();
            assertThat(largest(trained.balance(block + "gate2.lora_B"))).isPositive();
            assertThat(largest(trained.balance(block + "gate.lora_B"))).isPositive();
        }
    }

    @Test
    void identity_nulls_learn_from_the_language_model_loss() {
        TinyMoe widened = TinyMoe.mixtral(layer ->
                layer.moe(moe -> moe.router(r -> r.identityNulls(8).topK(3).lora(8))));

        TinyMoe.Outcome trained = widened.run(widened.trained());

        for (int layer = 0; layer < 4; layer++) {
            assertThat(largest(trained.lm("model.layers." + layer + ".block_sparse_moe.gate2.lora_B")))
                    .isPositive();
        }
    }

    @Test
    void own_router_scaled_by_the_host_learns_from_its_balance_loss_alone() {
        TinyMoe published = TinyMoe.olmoe(perftRHostScaled(4, 2, perftLora(4)));
        TinyMoe own = TinyMoe.olmoe(perftR(4, 2, perftLora(4)));

        TinyMoe.Outcome scaled = published.run(published.trained());
        TinyMoe.Outcome routed = own.run(own.trained());

        assertThat(published.plan().notes()).extracting(note -> note.code()).contains("N_BALANCE_ONLY");
        for (int layer = 0; layer < 4; layer++) {
            String router = "model.layers." + layer + ".mlp.beside.router";
            assertThat(scaled.lm(router)).containsOnly(0f);
            assertThat(largest(scaled.balance(router))).isPositive();
            assertThat(largest(routed.lm(router))).isPositive();
        }
    }

    /** Everything that can be put on a MoE model. */
    static Stream<Arguments> variants() {
        return Stream.of(
                variant("tiny-mixtral", "tiled", widened(r -> r.nullExperts(8).topK(3))),
                variant(
                        "tiny-mixtral",
                        "first rows",
                        widened(r ->
                                r.nullExperts(5).nullRows(RouterInit.FIRST_ROWS).topK(3))),
                variant(
                        "tiny-mixtral",
                        "normal",
                        widened(r ->
                                r.nullExperts(4).nullRows(RouterInit.NORMAL).topK(3))),
                variant(
                        "tiny-mixtral",
                        "identity",
                        widened(r -> r.identityNulls(8).topK(3))),
                variant("tiny-olmoe", "tiled", widened(r -> r.nullExperts(16).topK(6))),
                variant("tiny-olmoe", "R", perftR(4, 2, perftLora(4))),
                variant("tiny-mixtral", "R parallel", perftR(4, 2, perftParallel(4))),
                variant("tiny-olmoe", "R host-scaled", perftRHostScaled(4, 2, perftLora(4))),
                variant("tiny-olmoe", "E", perftE(perftLora(4))),
                variant("tiny-mixtral", "E parallel", perftE(perftParallel(4))),
                variant("tiny-olmoe", "D", perftD(2, perftLora(4))),
                variant("tiny-olmoe", "S parallel", perftS(perftParallel(4))));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("variants")
    void every_variant_trains_and_gradients_reach_all_it_trains(String base, String what, Block<LayerSpec> method) {
        TinyMoe tiny = TinyMoe.on(base, method);

        TinyMoe.Outcome once = tiny.run(tiny.trained());
        Path out = folder.resolve("run");
        train(base, method, out, t -> t.steps(2));

        once.lm()
                .forEach((leaf, gradient) -> assertThat(
                                largest(gradient) + largest(once.balance().getOrDefault(leaf, new float[1])))
                        .as(leaf)
                        .isPositive()
                        .isFinite());
        MetricsLines metrics = MetricsLines.of(out);
        assertThat(metrics.of("step", "loss"))
                .hasSize(2)
                .allSatisfy(loss -> assertThat(loss).isFinite());
    }

    @Test
    void load_of_a_run_is_that_of_the_moe_blocks() {
        train("tiny-olmoe", perftR(4, 2, perftLora(4)), folder.resolve("run"), t -> t.steps(1));

        // top-4 of the block, whatever the two of four adapters beside it
        assertThat(MetricsLines.of(folder.resolve("run")).of("step", "load")).containsExactly(4.0);
    }

    @Test
    void recomputed_activations_give_the_same_run() {
        train("tiny-mixtral", adaMoeExpansion(8, 3), folder.resolve("kept"), t -> t.steps(3));
        train(
                "tiny-mixtral",
                adaMoeExpansion(8, 3),
                folder.resolve("again"),
                t -> t.steps(3).recompute());

        MetricsLines kept = MetricsLines.of(folder.resolve("kept"));
        MetricsLines again = MetricsLines.of(folder.resolve("again"));
        for (String number : List.of("loss", "balance", "load")) {
            assertThat(again.of("step", number))
                    .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-4 ? 0 : 1)
                    .isEqualTo(kept.of("step", number));
        }
    }

    private static void train(String name, Block<LayerSpec> method, Path out, Block<TrainingSpec> training) {
        Checkpoint base = TinyMoe.open(name);
        Surgery spec = surgery("tiny", s -> s.layers(all(), method).training(t -> TinyRun.small(t, training)));
        InjectionPlan plan = Surgeon.plan(spec, base);
        Program program = new ModelEmitter("dev.graft.generated").emit(plan).load(Program.class);
        DataFiles text = new DataFiles(
                DataSpec.text().first(24),
                List.of(TinyRun.HOME.resolve("src/test/resources/training/shakespeare.txt")));
        Path folder = TinyRun.HOME.resolve("samples/checkpoints").resolve(name);
        Trainer.run(program, RunRequest.of(folder, text, out, PlanJson.write(plan)), Monitor.SILENT);
    }

    private static Block<LayerSpec> widened(Block<PretrainedRouterSpec> router) {
        return layer -> layer.moe(moe -> {
            moe.router(r -> {
                r.lora(4).balance(constant(0.01));
                router.accept(r);
            });
            moe.experts(e -> e.lora(4));
        });
    }

    private static void assertClose(float[] ours, float[] reference) {
        assertThat(ours).hasSameSizeAs(reference);
        double bound = ROUNDING * largest(reference);
        for (int i = 0; i < ours.length; i++) {
            assertThat((double) ours[i]).isCloseTo(reference[i], within(bound));
        }
    }

    private static double largest(float[] values) {
        double largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    private static Arguments variant(String base, String what, Block<LayerSpec> method) {
        return Arguments.of(base, what, method);
    }
}
