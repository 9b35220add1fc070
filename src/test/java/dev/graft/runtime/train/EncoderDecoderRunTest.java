package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Graft;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.Schedule;
import dev.graft.dsl.Training;
import dev.graft.fixtures.T5Blueprint;
import dev.graft.fixtures.T5MovBlueprint;
import dev.graft.fixtures.T5MovTraining;
import dev.graft.runtime.data.DataReader;
import dev.graft.runtime.data.DataSpec;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.data.Limits;
import dev.graft.runtime.data.Question;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.RouterStatistics;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.evaluate.AskingMonitor;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.evaluate.RankClassification;
import dev.graft.runtime.generate.Decoder;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Layout;
import dev.graft.runtime.model.Leaves;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.RecomputedPass;
import dev.graft.runtime.model.Routing;
import dev.graft.runtime.model.RoutingLoad;
import dev.graft.runtime.model.Side;
import dev.graft.runtime.model.Weights;
import dev.graft.runtime.random.RandomKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The embedded T5 in training, evaluation and generation, as a generated model would be. */
class EncoderDecoderRunTest {
    private static final Checkpoint BASE = Checkpoint.open(TinyRun.HOME.resolve("samples/checkpoints/tiny-t5"));
    private static final Path DATA = TinyRun.HOME.resolve("src/test/resources/training");
    private static final Router TOP_2 = Graft.topK(2).balance(Balance.of(new Schedule.Constant(0.5)));

    private final TorchEngine engine = TorchEngine.open(Device.cpu(), 1);
    private final Weights weights = new Weights(engine, BASE, ElementType.FP32);
    private final NDManager scope = engine.scope();
    private final Ops ops = engine.ops(scope);

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        scope.close();
        weights.close();
        engine.close();
    }

    /** Leaves far from their start, so that experts and routers differ. */
    private Leaves leaves() {
        Layout layout = T5MovBlueprint.layout();
        List<NDArray> arrays = new ArrayList<>();
        for (Layout.Leaf leaf : layout.leaves()) {
            NDArray noise = ops.normal(RandomKey.of(arrays.size()), 0.3, leaf.shape());
            arrays.add(ops.autograd()
                    .leaf(leaf.key().endsWith("_ia3") ? ops.add(noise, ops.upload(new float[] {1}, 1)) : noise));
        }
        return new Leaves(layout, arrays);
    }

    private T5MovBlueprint model(Router router) {
        return new T5MovBlueprint(weights, leaves(), router);
    }

    private static List<Example> examples(int count) {
        try (Tokenizer tokenizer = Tokenizer.open(BASE.folder())) {
            return new DataReader(tokenizer, 4096)
                    .examples(
                            DataSpec.instructions().first(count),
                            List.of(DATA.resolve("questions.json")),
                            new Limits(256, Training.TooLong.REFUSE, Training.Supervision.ANSWERS))
                    .examples();
        }
    }

    private double loss(LanguageModel model, List<Example> examples) {
        Pass pass = Pass.over(model, ops, examples);
        return ops.scalar(Forward.loss(model, pass, Forward.hidden(model, pass)));
    }

    @Test
    void an_examples_loss_does_not_depend_on_what_lies_beside_it() {
        T5MovBlueprint model = model(Graft.soft());
        List<Example> examples = examples(6);

        double together = loss(model, examples);

        double alone = examples.stream()
                .mapToDouble(example -> loss(model, List.of(example)))
                .sum();
        assertThat(examples).extracting(Example::length).doesNotHaveDuplicates();
        assertThat(together).isCloseTo(alone, within(1e-5 * alone));
    }

    @Test
    void soft_mixtures_of_ones_are_the_base() {
        Layout layout = T5MovBlueprint.layout();
        float[] start = new StartValues(engine, BASE, 1).of(layout);
        List<NDArray> arrays = new ArrayList<>();
        int offset = 0;
        for (Layout.Leaf leaf : layout.leaves()) {
            int end = offset + Math.toIntExact(leaf.elements());
            arrays.add(ops.upload(Arrays.copyOfRange(start, offset, end), leaf.shape()));
            offset = end;
        }
        List<Example> examples = examples(4);

        double patched = loss(new T5MovBlueprint(weights, new Leaves(layout, arrays), Graft.soft()), examples);

        double base = loss(new T5Blueprint(weights, BASE), examples);
        assertThat(patched).isCloseTo(base, within(1e-5 * base));
    }

    @ParameterizedTest
    @EnumSource(
            value = RouterInput.class,
            names = {"MODULE_INPUT", "SENTENCE"})
    void a_cache_gives_what_one_pass_gives(RouterInput input) {
        // given
        T5MovBlueprint model = model(Graft.soft().input(input));
        Example example = examples(1).get(0);
        Pass pass = Pass.over(model, ops, List.of(example));
        float[] whole = ops.floats(ops.logits(Forward.hidden(model, pass), model.head())); // [T, V]
        long[] source = Arrays.stream(example.source()).mapToLong(id -> id).toArray();
        try (Decoder decoder = new Decoder(model, weights, 1, example.ids().length)) {
            for (int i = 0; i < example.read(); i++) {
                // when
                float[] logits = i == 0 ? decoder.feed(source) : decoder.feed(example.ids()[i]);
                // then
                float[] expected = Arrays.copyOfRange(whole, i * logits.length, (i + 1) * logits.length);
                assertThat(logits).usingComparatorWithPrecision(1e-4f).containsExactly(expected);
            }
            assertThat(decoder.length(0)).isEqualTo(example.read());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = RouterInput.class,
            names = {"MODULE_INPUT", "SENTENCE"})
    void recomputed_layers_give_the_gradients_of_the_model(RouterInput input) {
        // given
        Router router = TOP_2.input(input);
        Step step = new Step(1, 0, 1e-3, List.of(examples(3)));
        // when
        List<float[]> kept = gradients(router, step, false);
        List<float[]> recomputed = gradients(router, step, true);
        // then
        List<Layout.Leaf> layout = T5MovBlueprint.layout().leaves();
        // as the reference values measure gradients: some are sums that cancel, and only noise beside the others
        double scale =
                kept.stream().mapToDouble(EncoderDecoderRunTest::largest).max().orElseThrow();
        for (int leaf = 0; leaf < kept.size(); leaf++) {
            assertThat(largest(kept.get(leaf))).as(layout.get(leaf).name()).isPositive();
            for (int i = 0; i < kept.get(leaf).length; i++) {
                double value = kept.get(leaf)[i];
                assertThat((double) recomputed.get(leaf)[i])
                        .as(layout.get(leaf).name())
                        .isCloseTo(value, within(1e-5 * Math.abs(value) + 1e-5 * scale));
            }
        }
    }

    private List<float[]> gradients(Router router, Step step, boolean recompute) {
        try (NDManager own = engine.scope()) {
            Leaves leaves = leaves();
            LanguageModel model = new T5MovBlueprint(weights, leaves, router);
            RecomputedPass recomputed = new RecomputedPass(model, engine, 0);
            LanguageModel used = recompute ? recomputed : model;
            Ops recording = engine.recording(own);
            Pass pass = Pass.over(used, recording, step.microBatches().get(0));
            NDArray loss = Forward.loss(used, pass, Forward.hidden(used, pass));
            NDArray balance = Objects.requireNonNull(
                    new BalanceLoss(1).of(recording, pass.routing(), List.of(pass.routing()), step));
            recording.autograd().backward(recording.add(loss, balance));
            if (recompute) {
                recomputed.backward(pass);
            }
            return leaves.arrays().stream()
                    .map(leaf -> ops.floats(ops.autograd().gradient(leaf)))
                    .toList();
        }
    }

    /** Eq. 6 without nulls over each stack's own tokens: coefficient · n · Σ f P, times its share of the loss's tokens. */
    @Test
    void tokens_of_each_stack_balance_in_a_pool_of_their_own() {
        // given
        T5MovBlueprint model = model(TOP_2);
        List<Example> examples = examples(3);
        Step step = new Step(1, 0, 1e-3, List.of(examples));
        Pass pass = Pass.over(model, ops, examples);
        Forward.hidden(model, pass);
        // when
        double found = ops.scalar(
                Objects.requireNonNull(new BalanceLoss(1).of(ops, pass.routing(), List.of(pass.routing()), step)));
        // then
        double expected = 0;
        for (Side side : Side.values()) {
            double[] selected = new double[3];
            double[] probability = new double[3];
            double rows = 0;
            for (Routing.Entry entry : pass.routing().entries()) {
                RouterStatistics statistics = entry.decision().statistics();
                if (entry.side() == side) {
                    assertThat(statistics.rows()).isEqualTo(step.tokens(side));
                    rows += statistics.rows() * statistics.sites();
                    add(ops.floats(statistics.selected()), selected);
                    add(ops.floats(statistics.probabilities()), probability);
                }
            }
            for (int expert = 0; expert < 3; expert++) {
                expected += 0.5 * 3 * selected[expert] / rows * probability[expert] / rows * step.supervised();
            }
        }
        assertThat(pass.routing().entries())
                .filteredOn(entry -> entry.group().equals("cross_k_v"))
                .hasSize(4)
                .allMatch(entry -> entry.side() == Side.ENCODER && entry.layer() >= 4);
        assertThat(found).isCloseTo(expected, within(1e-5 * expected));
    }

    private static void add(float[] values, double[] to) {
        for (int i = 0; i < values.length; i++) {
            to[i % to.length] += values[i];
        }
    }

    @Test
    void the_load_of_each_token_names_the_encoders_tokens_first() {
        T5MovBlueprint model = model(TOP_2);
        Example example = examples(1).get(0);
        Pass pass = Pass.over(model, ops, List.of(example));
        Forward.hidden(model, pass);

        assertThat(RoutingLoad.byToken(pass)).hasSize(example.length()).allMatch(load -> load == 2);
    }

    @Test
    void what_each_head_selects_counts_for_its_token() {
        T5MovBlueprint model = model(TOP_2);
        Example example = examples(1).get(0);
        Pass pass = Pass.over(model, ops, List.of(example));
        NDArray keys = ops.normal(RandomKey.of(1), 1, example.read() * 6L, 32); // 6 heads of 32
        pass.route(4, "k", keys, ops.normal(RandomKey.of(2), 1, 3, 32), 1, TOP_2);

        List<Double> load = RoutingLoad.byToken(pass);

        assertThat(load.subList(0, example.source().length)).allMatch(ofEncoder -> ofEncoder == 0);
        assertThat(load.subList(example.source().length, load.size()))
                .hasSize(example.read())
                .allMatch(ofDecoder -> ofDecoder == 2);
    }

    @Test
    void choices_are_scored_as_targets_of_their_question() {
        // given
        List<Example> examples = examples(3);
        Example asked = examples.get(0);
        List<Question.Option> options = examples.stream()
                .map(other -> new Question.Option("text", new Example(asked.source(), other.ids(), 1)))
                .toList();
        try (LoadedModel loaded = LoadedModel.untouched(engine, new Untouched(), BASE, ElementType.FP32)) {
            // when
            RankClassification.Answer answer =
                    new RankClassification(loaded, AskingMonitor.SILENT).answer(new Question(1, options, 0));
            // then
            T5Blueprint model = new T5Blueprint(weights, BASE);
            for (int i = 0; i < options.size(); i++) {
                double alone = -loss(model, List.of(options.get(i).example()));
                assertThat(answer.options().get(i).sum()).isCloseTo(alone, within(1e-4));
                assertThat(answer.options().get(i).tokens())
                        .isEqualTo(examples.get(i).supervised());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_run_learns_and_leaves_an_adapter(boolean recompute) {
        Training training = Graft.training(t -> {
            t.adamW(1e-2)
                    .batch(8)
                    .length(64)
                    .steps(12)
                    .precision(Training.Precision.FP32)
                    .threads(1);
            if (recompute) {
                t.recompute();
            }
        });
        String plan = "{\"planHash\": \"" + "0".repeat(64) + "\", \"base\": {\"headersHash\": \"" + BASE.headersHash()
                + "\"}, \"surgery\": {}}";
        DataFiles text = new DataFiles(DataSpec.text().first(32), List.of(DATA.resolve("shakespeare.txt")));
        RunRequest request =
                RunRequest.of(BASE.folder(), text, folder.resolve("run"), plan).validation(text);

        RunResult result = Trainer.run(new T5MovTraining(TOP_2, training), request, Monitor.SILENT);

        List<Double> losses = MetricsLines.of(result.folder()).of("validation", "loss");
        assertThat(losses.get(losses.size() - 1)).isLessThan(losses.get(0) - 0.1);
        assertThat(TinyRun.values(result.folder())).isNotEmpty();
    }

    /** The base without adapters. */
    private static final class Untouched implements Program {
        @Override
        public String modelHash() {
            return "";
        }

        @Override
        public String planHash() {
            return "";
        }

        @Override
        public Training training() {
            return Training.defaults();
        }

        @Override
        public Layout layout() {
            return new Layout();
        }

        @Override
        public LanguageModel newModel(Weights weights, Leaves leaves) {
            return new T5Blueprint(weights, BASE);
        }

        @Override
        public void train(TrainingRun run) {
            throw new IllegalStateException("nothing to train");
        }
    }

    private static double largest(float[] values) {
        return IntStream.range(0, values.length)
                .mapToDouble(i -> Math.abs(values[i]))
                .max()
                .orElseThrow();
    }
}
