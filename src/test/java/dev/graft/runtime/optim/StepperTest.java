package dev.graft.runtime.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.dsl.Optimizer;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.Torch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StepperTest {
    @RegisterExtension
    private final Torch torch = new Torch();

    private final NDManager scope = torch.engine().scope();
    private final Ops ops = torch.engine().recording(scope);

    @AfterEach
    void close() {
        scope.close();
    }

    static List<Optimizer> optimizers() {
        return List.of(
                new Optimizer.AdamW(0.01, 0.9, 0.999, 1e-8, 0.1),
                new Optimizer.Adafactor(0.01, 0.8, 1, 128),
                new Optimizer.Adafactor(0.01, 0.8, 1, 1));
    }

    private FlatParameters parameters() {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        shapes.put("a", List.of(2L, 3L));
        shapes.put("unused", List.of(2L));
        shapes.put("b", List.of(4L));
        FlatParameters parameters = FlatParameters.allocate(ops, shapes);
        parameters.set(ops, "a", ops.upload(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
        parameters.set(ops, "b", ops.upload(new float[] {1, -1, 2, -2}, 4));
        return parameters;
    }

    /** The step of the loss Σ (factor · a²)/2 + factor · Σ b over two tokens, in two passes. */
    private StepGradient gradient(FlatParameters parameters, float factor) {
        NDArray a = parameters.leaf("a");
        NDArray b = parameters.leaf("b");
        NDArray first = ops.multiply(ops.multiply(a, a), ops.upload(new float[] {factor / 2}, 1));
        NDArray ones = ops.upload(new float[] {1, 1, 1, 1, 1, 1}, 2, 3);
        ops.autograd().backward(List.of(first), List.of(ones));
        ops.autograd().backward(List.of(b), List.of(ops.upload(new float[] {factor, factor, factor, factor}, 4)));
        return parameters.finish(ops, 2, List.of(ops.upload(new float[] {factor}, 1)), 0);
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void a_step_that_is_not_finite_changes_neither_values_nor_state(Optimizer rule) {
        // given
        FlatParameters parameters = parameters();
        Stepper stepper = Stepper.of(rule, parameters, ops);
        stepper.step(ops, gradient(parameters, 1), 0.01);
        float[] values = parameters.export(ops);
        Map<String, float[]> state = stepper.export(ops);
        // when
        for (float factor : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            StepGradient bad = gradient(parameters, factor);
            stepper.step(ops, bad, 0.01);
            assertThat(bad.read(ops).finite()).isFalse();
        }
        // then
        assertThat(parameters.export(ops)).isEqualTo(values);
        assertThat(stepper.export(ops)).usingRecursiveComparison().isEqualTo(state);
        // and the next good step is taken
        StepGradient good = gradient(parameters, 1);
        stepper.step(ops, good, 0.01);
        assertThat(good.read(ops).finite()).isTrue();
        assertThat(parameters.export(ops)).isNotEqualTo(values);
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void a_restored_optimizer_goes_on_to_the_bit(Optimizer rule) {
        // given: one that was never interrupted
        FlatParameters whole = parameters();
        Stepper stepper = Stepper.of(rule, whole, ops);
        FlatParameters before = parameters();
        Stepper stopped = Stepper.of(rule, before, ops);
        for (int i = 0; i < 4; i++) {
            stepper.step(ops, gradient(whole, 1 + i), 0.01);
            if (i < 2) {
                stopped.step(ops, gradient(before, 1 + i), 0.01);
            }
        }
        // when
        FlatParameters after = parameters();
        after.restore(ops, before.export(ops));
        Stepper resumed = Stepper.of(rule, after, ops);
        resumed.restore(ops, stopped.export(ops));
        for (int i = 2; i < 4; i++) {
            resumed.step(ops, gradient(after, 1 + i), 0.01);
        }
        // then
        assertThat(after.export(ops)).isEqualTo(whole.export(ops));
        assertThat(resumed.export(ops)).usingRecursiveComparison().isEqualTo(stepper.export(ops));
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void state_of_another_shape_is_refused(Optimizer rule) {
        Stepper stepper = Stepper.of(rule, parameters(), ops);
        Map<String, float[]> state = stepper.export(ops);
        state.replaceAll((name, numbers) -> new float[numbers.length + 1]);
        assertThatThrownBy(() -> stepper.restore(ops, state))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("elements instead of");
        assertThatThrownBy(() -> stepper.restore(ops, Map.of("other", new float[1])))
                .hasMessageContaining("other");
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void tensors_stacked_in_one_leaf_move_as_in_leaves_of_their_own(Optimizer rule) {
        // given: the second tensor and its gradient are a hundred times as large
        float[] start = {1, 2, 3, 4, 500, -600, 700, -800};
        FlatParameters stacked = FlatParameters.allocate(ops, Map.of("both", List.of(4L, 2L)));
        stacked.restore(ops, start);
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        shapes.put("a", List.of(2L, 2L));
        shapes.put("b", List.of(2L, 2L));
        FlatParameters apart = FlatParameters.allocate(ops, shapes);
        apart.restore(ops, start);
        Stepper ofStacked = Stepper.of(rule, stacked, apart.parts(), ops);
        Stepper ofApart = Stepper.of(rule, apart, ops);
        // when
        for (int step = 0; step < 3; step++) {
            ofStacked.step(ops, halfSquare(stacked), 0.01);
            ofApart.step(ops, halfSquare(apart), 0.01);
        }
        // then
        assertThat(stacked.export(ops)).isEqualTo(apart.export(ops)).isNotEqualTo(start);
    }

    /** The gradient of Σ a²/2. */
    private StepGradient halfSquare(FlatParameters parameters) {
        for (FlatParameters.Part part : parameters.parts()) {
            NDArray leaf = parameters.leaf(part.name());
            ops.autograd().backward(List.of(leaf), List.of(leaf));
        }
        return parameters.finish(ops, 1, List.of(), 0);
    }

    @Test
    void every_step_starts_from_no_gradient_and_reports_tokens_norm_and_mean_loss() {
        FlatParameters parameters = parameters();
        for (int step = 0; step < 2; step++) {
            // when: gradient a = (1..6)/2, b = ½ each, over 2 tokens
            StepGradient.Summary summary = gradient(parameters, 1).read(ops);
            // then
            assertThat(summary.supervised()).isEqualTo(2);
            assertThat(summary.loss()).isEqualTo(0.5);
            assertThat(summary.norm()).isCloseTo(Math.sqrt(91 / 4.0 + 4 / 4.0), within(1e-6));
            assertThat(summary.finite()).isTrue();
        }
    }
}
