package dev.graft.runtime.train;

import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.codegen.ModelEmitter;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training.Precision;
import dev.graft.runtime.data.DataReader;
import dev.graft.runtime.data.DataSpec;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.data.Limits;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Layout;
import dev.graft.runtime.model.Leaves;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.Weights;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Leaf;
import dev.graft.surgery.PlanJson;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Full fine-tuning: the pretrained tensors are what a run trains. */
class WholeModelRunTest {
    private static final double RATE = 1e-3;
    private static final int EXAMPLES = 3;

    @TempDir
    Path folder;

    /**
     * AdamW's first step moves a weight by the rate against its gradient's sign, whatever the gradient's size. The gradients
     * are those that the parity checks hold against Hugging Face's.
     */
    @ParameterizedTest
    @CsvSource({"tiny-llama, false", "tiny-llama, true", "tiny-t5, false", "tiny-t5, true"})
    void the_first_step_moves_every_weight_against_its_gradient(String name, boolean recompute) {
        // given
        Checkpoint base = TinyMoe.open(name);
        InjectionPlan plan = Surgeon.plan(everything(recompute), base);
        Program program = program(plan);
        Map<String, float[]> gradients = gradients(base);

        // when
        Path out = folder.resolve("run");
        Trainer.run(program, request(base, plan, out), Monitor.SILENT);

        // then
        SafetensorsFile trained = SafetensorsFile.open(out.resolve("adapter.safetensors"));
        assertThat(trained.tensors().keySet()).isEqualTo(base.tensors().keySet());
        int moved = 0;
        for (String tensor : base.tensors().keySet()) {
            float[] before = base.shardOf(base.tensor(tensor)).floats(tensor);
            float[] after = trained.floats(tensor);
            float[] gradient = Objects.requireNonNull(gradients.get(tensor));
            for (int i = 0; i < before.length; i++) {
                if (Math.abs(gradient[i]) > 1e-5) { // far from Adam's epsilon and from the noise of sums
                    assertThat((double) after[i] - before[i])
                            .as("%s at %d", tensor, i)
                            .isCloseTo(-RATE * Math.signum(gradient[i]), within(2e-2 * RATE));
                    moved++;
                } else if (gradient[i] == 0) {
                    assertThat(after[i]).isEqualTo(before[i]);
                }
            }
        }
        assertThat(moved).isGreaterThan(500_000);
    }

    @Test
    void the_generated_layout_is_the_plans() {
        for (String name : List.of("tiny-llama", "tiny-t5")) {
            InjectionPlan plan = Surgeon.plan(everything(false), TinyMoe.open(name));

            assertThat(program(plan).layout().tensors())
                    .extracting(tensor -> tensor.name() + tensor.shape())
                    .containsExactlyElementsOf(plan.leaves().stream()
                            .flatMap(leaf -> leaf.pieces().stream())
                            .map(piece -> piece.tensor() + piece.shape())
                            .toList());
            assertThat(program(plan).layout().leaves())
                    .extracting(Layout.Leaf::name)
                    .doesNotHaveDuplicates()
                    .containsExactlyElementsOf(
                            plan.leaves().stream().map(Leaf::name).toList());
            assertThat(plan.budget().trainable()).isEqualTo(plan.base().parameters());
            assertThat(plan.budget().frozen()).isZero();
            assertThat(PlanJson.read(PlanJson.write(plan))).isEqualTo(plan);
            assertThat(plan.explain()).contains("trains all " + plan.leaves().size() + " pretrained tensors");
        }
    }

    private static Map<String, float[]> gradients(Checkpoint base) {
        Program untouched = program(Surgeon.untouched(base));
        Map<String, float[]> gradients = new HashMap<>();
        try (TorchEngine engine = TorchEngine.open(Device.cpu(), 1);
                Weights weights = new Weights(engine, base, ElementType.FP32);
                NDManager scope = engine.scope()) {
            weights.makeLeaves(base.tensors().keySet());
            LanguageModel model = untouched.newModel(weights, new Leaves(untouched.layout(), List.of()));
            Ops ops = engine.recording(scope);
            List<Example> examples = examples(base);
            Pass pass = Pass.over(model, ops, examples);
            NDArray loss = Forward.loss(model, pass, Forward.hidden(model, pass));
            int tokens = examples.stream().mapToInt(Example::supervised).sum();
            ops.autograd().backward(ops.scale(loss, 1.0 / tokens));
            for (String tensor : base.tensors().keySet()) {
                gradients.put(tensor, ops.floats(ops.autograd().gradient(weights.get(tensor))));
            }
        }
        return gradients;
    }

    private static List<Example> examples(Checkpoint base) {
        try (Tokenizer tokenizer = Tokenizer.open(base.folder())) {
            return new DataReader(tokenizer, base.config().positive("vocab_size"))
                    .examples(
                            data().spec(),
                            data().files(),
                            Limits.of(everything(false).training()))
                    .examples();
        }
    }

    private static DataFiles data() {
        return new DataFiles(DataSpec.text().first(EXAMPLES), List.of(TinyRun.HELD_OUT));
    }

    private static RunRequest request(Checkpoint base, InjectionPlan plan, Path out) {
        return RunRequest.of(base.folder(), data(), out, PlanJson.write(plan));
    }

    private static Surgery everything(boolean recompute) {
        return surgery("everything", s -> {
            s.trainEverything();
            s.training(t -> {
                t.adamW(RATE).steps(1).batch(EXAMPLES).length(48).clip(0).fileOrder();
                t.precision(Precision.FP32).threads(1);
                if (recompute) {
                    t.recompute();
                }
            });
        });
    }

    private static Program program(InjectionPlan plan) {
        return new ModelEmitter("dev.graft.generated").emit(plan).load(Program.class);
    }
}
