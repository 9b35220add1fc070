package dev.graft.runtime.train;

import static dev.graft.catalog.Methods.*;
import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Block;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training;
import dev.graft.dsl.Training.Precision;
import dev.graft.dsl.TrainingSpec;
import dev.graft.fixtures.T5MovTraining;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.engine.Workers;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.Layout;
import dev.graft.runtime.model.RoutingLoad;
import dev.graft.runtime.model.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Passes over the parts of a micro-batch, at the same time, come to what one pass over all of it does. */
class ReplicasTest {
    /** fp32 sums in another order, relative to the largest value. */
    private static final double ROUNDING = 1e-5;

    private static final int VOCABULARY = 256;
    private static final int[] LENGTHS = {31, 44, 27, 50, 36, 29, 41, 38, 33};

    static Stream<Arguments> programs() {
        return Stream.of(
                Arguments.of("mixtures with dropout, one balance loss over all layers", mixtures(t -> {})),
                Arguments.of("the same, computed again", mixtures(t -> t.recompute())),
                Arguments.of("routed by sentence, a balance loss for each layer", sentences()),
                Arguments.of("a widened router", on("tiny-mixtral", surgery("widened", s -> {
                    s.layers(all(), adaMoeExpansion(8, 3, 4));
                    s.training(t -> settings(t, more -> {}));
                }))),
                Arguments.of("an encoder and a decoder", mov(t -> {})),
                Arguments.of("an encoder and a decoder, computed again", mov(t -> t.recompute())));
    }

    private record Case(Program program, Checkpoint base) {}

    private static Case mixtures(Block<? super TrainingSpec> more) {
        return on("tiny-llama", surgery("mixtures", s -> {
            s.layers(all(), layer -> {
                layer.attention(a -> a.on(Q, K, V)
                        .mixture(4, e -> e.lora(2, lora -> lora.dropout(0.3)))
                        .router(topK(4).nullExperts(5).balance(constant(0.5))));
                layer.ffn(f -> f.on(GATE, UP, DOWN)
                        .mixture(2, e -> e.lora(2))
                        .router(topK(1).nullExperts(1).balance(constant(0.1))));
            });
            s.training(t -> settings(t, more));
        }));
    }

    private static Case sentences() {
        return on("tiny-llama", surgery("sentences", s -> {
            s.layers(
                    all(),
                    layer -> layer.attention(a -> a.on(Q, V)
                            .mixture(4, e -> e.lora(2))
                            .router(topK(2).input(RouterInput.SENTENCE)
                                    .balance(Balance.of(constant(0.5)).scope(Balance.Scope.PER_LAYER)))));
            s.training(t -> settings(t, more -> {}));
        }));
    }

    private static Case mov(Block<? super TrainingSpec> more) {
        Training training = training(t -> settings(t, more));
        return new Case(
                new T5MovTraining(topK(2).balance(Balance.of(constant(0.5))), training), TinyMoe.open("tiny-t5"));
    }

    private static void settings(TrainingSpec t, Block<? super TrainingSpec> more) {
        t.adamW(1e-3).batch(9).length(64).precision(Precision.FP32);
        more.accept(t);
    }

    private static Case on(String base, Surgery surgery) {
        TinyMoe emitted = TinyMoe.of(TinyMoe.open(base), surgery);
        return new Case(emitted.program(), emitted.base());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("programs")
    void several_passes_come_to_what_one_does(String name, Case it) {
        Outcome one = step(it, 1);
        for (int passes = 2; passes <= 3; passes++) {
            Outcome several = step(it, passes);

            assertThat(several.loss()).isCloseTo(one.loss(), within(ROUNDING * one.loss()));
            assertThat(several.balance()).isCloseTo(one.balance(), within(ROUNDING * one.balance()));
            assertThat(several.routers())
                    .usingRecursiveComparison()
                    .withComparatorForType(ReplicasTest::rounded, Double.class)
                    .isEqualTo(one.routers());
            assertClose(several.gradient(), one.gradient());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("programs")
    void a_step_is_the_same_bit_for_bit_every_time(String name, Case it) {
        Outcome first = step(it, 2);
        Outcome second = step(it, 2);

        assertThat(second.loss()).isEqualTo(first.loss());
        assertThat(second.balance()).isEqualTo(first.balance());
        assertThat(second.routers()).isEqualTo(first.routers());
        assertThat(second.gradient()).isEqualTo(first.gradient());
    }

    private static int rounded(double a, double b) {
        return Math.abs(a - b) <= ROUNDING * Math.max(1, Math.abs(b)) ? 0 : Double.compare(a, b);
    }

    private static void assertClose(float[] found, float[] expected) {
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - found[i]));
        }
        assertThat(largest).isPositive();
        assertThat(difference).isLessThanOrEqualTo(ROUNDING * largest);
    }

    /**
     * What a first step gives.
     *
     * @param gradient in proportion: AdamW's first moment
     */
    @SuppressWarnings("ArrayRecordComponent") // compared number by number
    private record Outcome(double loss, double balance, List<RoutingLoad.Layer> routers, float[] gradient) {}

    private static Outcome step(Case it, int passes) {
        Layout layout = it.program().layout();
        List<Example> examples = examples(it.base());
        Step step = new Step(1, 0, 1e-3, List.of(examples));
        assertThat(new Split(passes).of(examples, 0)).hasSize(passes);
        try (TorchEngine engine = TorchEngine.open("cpu", passes);
                Workers workers = engine.workers(passes);
                Weights weights = new Weights(engine, it.base(), ElementType.FP32);
                NDManager lasting = engine.scope();
                Tally tally = new Tally(engine)) {
            Updater updater = new Updater(
                    engine, engine.ops(lasting), layout, it.program().training(), passes);
            updater.values(values(engine, it.base(), layout));
            Replicas replicas = new Replicas(workers, it.program(), weights, updater);
            try (Passes side = replicas.passes(step, examples)) {
                side.forward((model, pass) -> Forward.loss(model, pass, Forward.hidden(model, pass)));
                side.backward(step, new BalanceLoss(1));
                side.addTo(tally);
            }
            return new Outcome(
                    updater.update(step, tally.loss()).loss(),
                    Objects.requireNonNull(tally.balance()),
                    tally.load().layers(),
                    Objects.requireNonNull(updater.optimizer().get("mean")));
        }
    }

    /** As if trained a little: no factor is zero. */
    private static float[] values(TorchEngine engine, Checkpoint base, Layout layout) {
        Random random = new Random(5);
        float[] values = new StartValues(engine, base, 1).of(layout);
        for (int i = 0; i < values.length; i++) {
            values[i] += (float) (0.05 * random.nextGaussian());
        }
        return values;
    }

    private static List<Example> examples(Checkpoint base) {
        Random random = new Random(7);
        boolean encodes = base.config().modelType().equals("t5");
        List<Example> examples = new ArrayList<>();
        for (int length : LENGTHS) {
            int[] ids = random.ints(length, 1, VOCABULARY).toArray();
            int[] target = random.ints(length / 3, 1, VOCABULARY).toArray();
            examples.add(encodes ? Example.of(ids, 0, target) : new Example(ids, 2 * length / 3));
        }
        return examples;
    }
}
