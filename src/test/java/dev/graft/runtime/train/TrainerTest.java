package dev.graft.runtime.train;

import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training.Precision;
import dev.graft.issue.GraftException;
import dev.graft.runtime.adapter.AdapterFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
    /** What two orders of the same fp32 sums may differ by, relative to the largest value. */
    private static final double ROUNDING = 1e-4;

    @TempDir
    Path folder;

    @Test
    void a_generated_program_learns_and_leaves_its_files() throws Exception {
        TinyRun tiny = TinyRun.adamoe(t -> t.steps(12).validateEvery(6).saveEvery(5));
        Path out = folder.resolve("run");

        RunResult result = tiny.run(out, 96, 12);

        assertThat(result.interrupted()).isFalse();
        assertThat(result.step()).isEqualTo(12);
        try (var files = Files.list(out)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            ".graft",
                            "plan.json",
                            "adapter.safetensors",
                            "adapter-best.safetensors",
                            "metrics.jsonl",
                            "events.out.tfevents.graft");
        }
        assertThat(folder.resolve("run.partial")).doesNotExist();
        assertThat(out.resolve("plan.json")).hasContent(tiny.plan());
        MetricsLines metrics = MetricsLines.of(out);
        assertThat(metrics.of("validation", "step")).containsExactly(0.0, 6.0, 12.0);
        List<Double> losses = metrics.of("validation", "loss");
        assertThat(losses.get(2)).isLessThan(losses.get(0) - 0.1);
        assertThat(metrics.of("step", "step")).hasSize(12).isSorted();
        assertThat(AdapterFile.open(out.resolve("adapter.safetensors")).header().modelHash())
                .isEqualTo(tiny.program().modelHash());
    }

    @Test
    void metrics_tell_the_load_of_every_layer_group_site_expert_and_token() throws Exception {
        TinyRun tiny = TinyRun.adamoe(t -> t.steps(1));
        Path out = folder.resolve("run");

        tiny.run(out, 8, 4);

        JsonNode untouched = MetricsLines.of(out).of("validation").get(0);
        assertThat(untouched.path("perplexity").asDouble())
                .isCloseTo(Math.exp(untouched.path("loss").asDouble()), within(1e-9));
        assertThat(untouched.path("layers")).hasSize(2);
        JsonNode group = untouched.path("layers").get(0).path("groups").get(0);
        assertThat(group.path("sites").get(1).asText()).isEqualTo("model.layers.4.self_attn.k_proj");
        for (int site = 0; site < 3; site++) {
            double load = 0;
            double selected = 0;
            double probability = 0;
            for (int expert = 0; expert < 9; expert++) {
                double share = group.path("share").get(site).get(expert).asDouble();
                selected += share;
                load += expert < 4 ? share : 0;
                probability += group.path("probability").get(site).get(expert).asDouble();
            }
            assertThat(selected).as("top-4").isCloseTo(4, within(1e-6));
            assertThat(probability).isCloseTo(1, within(1e-5));
            assertThat(group.path("load").get(site).asDouble()).isCloseTo(load, within(1e-6));
        }
        assertThat(group.path("entropy").get(0).asDouble()).isBetween(0.1, Math.log(9));
        assertThat(MetricsLines.of(out).of("step").get(0).path("load").asDouble())
                .isBetween(0.0, 4.0);
    }

    @Test
    void every_step_tells_what_the_routers_of_each_layer_decided_also_where_activations_are_recomputed() {
        TinyRun.adamoe(t -> t.steps(2).microBatch(4)).run(folder.resolve("kept"), 16, 0);
        TinyRun.adamoe(t -> t.steps(2).microBatch(4).recompute()).run(folder.resolve("again"), 16, 0);

        List<JsonNode> steps = MetricsLines.of(folder.resolve("kept")).of("step");
        List<JsonNode> again = MetricsLines.of(folder.resolve("again")).of("step");
        assertThat(steps)
                .hasSize(2)
                .allSatisfy(step -> assertThat(step.path("layers"))
                        .hasSize(2)
                        .allSatisfy(layer -> assertThat(layer.path("groups")).hasSize(2)));
        JsonNode group = steps.get(0).at("/layers/0/groups/0");
        assertThat(group.at("/sites/2").asText()).isEqualTo("model.layers.4.self_attn.v_proj");
        // one token selects 4 of 9 experts; before the first update both runs have the same weights
        assertThat(sum(group.at("/share/2"))).isCloseTo(4, within(1e-5));
        assertThat(sum(group.at("/probability/2"))).isCloseTo(1, within(1e-5));
        assertThat(group.at("/entropy/2").asDouble()).isBetween(0.1, Math.log(9));
        for (String list : List.of("/load", "/entropy", "/share/0", "/probability/1")) {
            JsonNode known = group.at(list);
            for (int i = 0; i < known.size(); i++) {
                assertThat(again.get(0).at("/layers/0/groups/0" + list).get(i).asDouble())
                        .as(list)
                        .isCloseTo(known.get(i).asDouble(), within(2e-6));
            }
        }
    }

    @Test
    void curves_and_metrics_tell_the_same_and_routers_only_as_often_as_asked() {
        TinyRun tiny = TinyRun.adamoe(t -> t.steps(4).validateEvery(2));
        Path out = folder.resolve("run");

        Trainer.run(
                tiny.program(),
                tiny.request(out, 32, 4).watching(new Watching(3, 0, layers -> new Metrics.Flops(7, 0.25))),
                Monitor.SILENT);

        MetricsLines metrics = MetricsLines.of(out);
        EventRecords curves = EventRecords.of(out);
        assertThat(curves.withTag("train/loss"))
                .extracting(event -> event.scalar("train/loss"))
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-5 ? 0 : 1)
                .isEqualTo(metrics.of("step", "loss"));
        assertThat(curves.withTag("validation/perplexity"))
                .extracting(EventRecords.Event::step)
                .containsExactly(0L, 2L, 4L);
        assertThat(metrics.of("step"))
                .allSatisfy(
                        step -> assertThat(step.at("/flops/saved").asDouble()).isEqualTo(0.25));
        assertThat(metrics.of("step").stream().map(step -> step.path("layers").size()))
                .containsExactly(0, 0, 2, 0);
        JsonNode third = metrics.of("step").get(2).at("/layers/0/groups/0");
        String site = "/layer_4/model.layers.4.self_attn.k_proj";
        assertThat(curves.withTag("entropy" + site)).singleElement().satisfies(event -> {
            assertThat(event.step()).isEqualTo(3);
            assertThat(event.scalar("share" + site + "/expert_3"))
                    .isCloseTo(third.at("/share/1/3").asDouble(), within(1e-6));
            assertThat(event.scalar("probability" + site + "/null_4"))
                    .isCloseTo(third.at("/probability/1/8").asDouble(), within(1e-6));
        });
        assertThat(curves.withTag("load/layer_5")).hasSize(4);
    }

    private static double sum(JsonNode numbers) {
        double sum = 0;
        for (JsonNode number : numbers) {
            sum += number.asDouble();
        }
        return sum;
    }

    @Test
    void a_run_in_bf16_follows_the_one_in_fp32() {
        TinyRun.lora(t -> t.steps(5)).run(folder.resolve("fp32"), 40, 4);
        TinyRun.lora(t -> t.steps(5).precision(Precision.BF16)).run(folder.resolve("bf16"), 40, 4);

        double fp32 =
                MetricsLines.of(folder.resolve("fp32")).of("validation", "loss").get(1);
        double bf16 =
                MetricsLines.of(folder.resolve("bf16")).of("validation", "loss").get(1);
        assertThat(bf16).isCloseTo(fp32, within(0.03));
    }

    @Test
    void a_step_is_the_same_however_it_is_cut_into_passes() {
        for (int pass : List.of(8, 3)) {
            TinyRun tiny = TinyRun.lora(t -> t.steps(4).microBatch(pass).length(192));
            Trainer.run(tiny.program(), tiny.questions(folder.resolve("by" + pass)), Monitor.SILENT);
        }

        assertClose(TinyRun.values(folder.resolve("by3")), TinyRun.values(folder.resolve("by8")));
    }

    @Test
    void recomputed_activations_give_the_same_run_balance_losses_included() {
        TinyRun.adamoe(t -> t.steps(3).microBatch(4)).run(folder.resolve("kept"), 32, 0);
        TinyRun.adamoe(t -> t.steps(3).microBatch(4).recompute()).run(folder.resolve("again"), 32, 0);

        assertClose(TinyRun.values(folder.resolve("again")), TinyRun.values(folder.resolve("kept")));
        assertThat(MetricsLines.of(folder.resolve("again")).of("step", "balance"))
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-6 ? 0 : 1)
                .isEqualTo(MetricsLines.of(folder.resolve("kept")).of("step", "balance"));
    }

    @Test
    void dropout_draws_the_same_masks_again_when_activations_are_recomputed() {
        Surgery dropping = surgery("dropping", s -> {
            s.layers(last(2), layer -> layer.attention(a -> a.on(V, O).lora(4, l -> l.dropout(0.2))));
            s.training(t -> TinyRun.small(t, more -> more.steps(3).microBatch(4)));
        });
        TinyRun.of(dropping).run(folder.resolve("kept"), 32, 0);
        TinyRun.of(dropping.withTraining(dropping.training().with(t -> t.recompute())))
                .run(folder.resolve("again"), 32, 0);

        assertClose(TinyRun.values(folder.resolve("again")), TinyRun.values(folder.resolve("kept")));
    }

    @Test
    void a_step_without_a_finite_loss_leaves_the_weights_as_they_were() {
        TinyRun tiny = TinyRun.lora(t -> t.steps(4));
        TinyRun shorter = TinyRun.lora(t -> t.steps(3));

        RunResult result = Trainer.run(
                AlteredProgram.spoiled(tiny.program(), step -> step == 4),
                tiny.request(folder.resolve("spoiled"), 32, 0),
                Monitor.SILENT);
        shorter.run(folder.resolve("shorter"), 32, 0);

        assertThat(result.skipped()).isEqualTo(1);
        assertThat(TinyRun.values(folder.resolve("spoiled"))).isEqualTo(TinyRun.values(folder.resolve("shorter")));
        JsonNode spoiled = MetricsLines.of(folder.resolve("spoiled")).of("step").get(3);
        assertThat(spoiled.path("skipped").asBoolean()).isTrue();
        assertThat(spoiled.path("loss").isNull()).isTrue();
    }

    @Test
    void a_step_with_an_infinite_gradient_leaves_weights_and_optimizer_as_they_were() {
        TinyRun tiny = TinyRun.lora(t -> t.steps(4));
        TinyRun shorter = TinyRun.lora(t -> t.steps(3));
        Path out = folder.resolve("steep");

        RunResult result = Trainer.run(
                AlteredProgram.steep(tiny.program(), step -> step == 2), tiny.request(out, 8, 0), Monitor.SILENT);
        shorter.run(folder.resolve("shorter"), 8, 0);

        assertThat(result.skipped()).isEqualTo(1);
        JsonNode steep = MetricsLines.of(out).of("step").get(1);
        assertThat(steep.path("skipped").asBoolean()).isTrue();
        assertThat(steep.path("loss").asDouble())
                .as("the loss itself was finite")
                .isPositive();
        assertThat(steep.path("norm").isNull()).as("and its gradient was not").isTrue();
        // The same 8 examples in every step: after the skipped one the losses are those of a run without it.
        List<Double> losses = MetricsLines.of(out).of("step", "loss");
        List<Double> without = MetricsLines.of(folder.resolve("shorter")).of("step", "loss");
        assertThat(losses.get(0)).isEqualTo(without.get(0));
        assertThat(losses.get(1)).isEqualTo(without.get(1));
        assertThat(losses.get(2))
                .as("nothing was learnt from the skipped step")
                .isCloseTo(without.get(1), within(1e-6));
    }

    @Test
    void too_many_such_steps_in_a_row_end_the_run_with_its_last_good_state() {
        TinyRun tiny = TinyRun.lora(t -> t.steps(20).skipLimit(3).saveEvery(100));
        Path out = folder.resolve("run");

        assertThatThrownBy(() -> Trainer.run(
                        AlteredProgram.spoiled(tiny.program(), step -> step == 2 || step > 5),
                        tiny.request(out, 32, 0),
                        Monitor.SILENT))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_NONFINITE]")
                .hasMessageContaining("3 steps in a row, the last of them step 8");

        assertThat(out).doesNotExist();
        assertThat(new StateFiles(folder.resolve("run.partial"))
                        .latest()
                        .orElseThrow()
                        .step())
                .isEqualTo(8);
    }

    @Test
    void a_step_without_supervised_tokens_changes_nothing() {
        TinyRun tiny = TinyRun.adamoe(t -> t.steps(3));
        TinyRun shorter = TinyRun.adamoe(t -> t.steps(2));

        Trainer.run(
                AlteredProgram.unlabelled(tiny.program(), step -> step == 3),
                tiny.request(folder.resolve("unlabelled"), 32, 0),
                Monitor.SILENT);
        shorter.run(folder.resolve("shorter"), 32, 0);

        assertThat(TinyRun.values(folder.resolve("unlabelled"))).isEqualTo(TinyRun.values(folder.resolve("shorter")));
    }

    private static void assertClose(double[] actual, double[] expected) {
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
        }
        assertThat(difference / largest).as("largest difference, relative").isLessThan(ROUNDING);
    }
}
