package dev.graft.runtime.engine;

import static dev.graft.runtime.engine.ElementType.FP32;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Graft;
import dev.graft.runtime.random.RandomKey;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Blocks against a plain loop: experts without tokens, one token, only null experts, gradients, determinism, dropout. */
class DispatchTest {
    private static final int TOKENS = 7;
    private static final int WIDTH = 6;
    private static final int INNER = 5;
    private static final int EXPERTS = 4;
    private static final int RANK = 2;
    private static final double SCALE = 2;

    @RegisterExtension
    private final Torch torch = new Torch();

    private final double[][] x = Plain.random(1, TOKENS, WIDTH);
    /** [n·F, d], [n·F, d], [n·d, F]; the LoRA leaves of gate and up [2·n·r, d], of down [n·r, F]. */
    private final double[][] gate = Plain.random(2, EXPERTS * INNER, WIDTH);

    private final double[][] up = Plain.random(3, EXPERTS * INNER, WIDTH);
    private final double[][] down = Plain.random(4, EXPERTS * WIDTH, INNER);
    private final double[][] inputA = Plain.random(5, 2 * EXPERTS * RANK, WIDTH);
    private final double[][] downA = Plain.random(6, EXPERTS * RANK, INNER);
    private final double[][] gateB = Plain.random(7, EXPERTS * RANK, INNER);
    private final double[][] upB = Plain.random(8, EXPERTS * RANK, INNER);
    private final double[][] downB = Plain.random(9, EXPERTS * RANK, WIDTH);

    /** Expert 2 has no token; token 1 has no expert, token 2 all others. */
    private final double[][] weights = {
        {0.5, 0, 0, 0.25},
        {0, 0, 0, 0},
        {0.25, 0.5, 0, 0.125},
        {0, 1, 0, 0},
        {0, 0, 0, 0.75},
        {0.5, 0.5, 0, 0},
        {1, 0, 0, 0},
    };

    private final double[] share = {0.25, 1, 0, 0, 0.5, 0, 0};

    private static double tolerance(ElementType type) {
        return type == FP32 ? 1e-6 : 1.2e-2;
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void a_block_is_the_weighted_sum_of_each_tokens_experts(ElementType type) {
        torch.assertClose(
                dispatch(torch.ops(), type, torch.upload(x, type), gates(weights), loras(Dropout.NONE)),
                block(ones()).of(x, weights, share),
                tolerance(type));
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void frozen_experts_need_no_lora(ElementType type) {
        torch.assertClose(
                dispatch(torch.ops(), type, torch.upload(x, type), gates(weights), NO_LORA),
                new PlainBlock(
                                PlainBlock.experts(gate, INNER),
                                PlainBlock.experts(up, INNER),
                                PlainBlock.experts(down, WIDTH),
                                List.of())
                        .of(x, weights, share),
                tolerance(type));
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void one_token_is_a_batch(ElementType type) {
        double[][] one = {x[2]};
        double[][] own = {weights[2]};
        torch.assertClose(
                dispatch(torch.ops(), type, torch.upload(one, type), gates(own), loras(Dropout.NONE)),
                block(ones()).of(one, own, new double[] {share[0]}),
                tolerance(type));
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void tokens_that_select_null_experts_only_pass_with_their_share(ElementType type) {
        // given
        Ops ops = torch.recording();
        NDArray input = ops.autograd().leaf(torch.upload(x, type));
        // when
        NDArray y = dispatch(ops, type, input, gates(new double[TOKENS][EXPERTS]), loras(Dropout.NONE));
        // then
        double[][] expected = new double[TOKENS][WIDTH];
        double[][] slope = new double[TOKENS][WIDTH];
        for (int t = 0; t < TOKENS; t++) {
            for (int c = 0; c < WIDTH; c++) {
                expected[t][c] = share[t] * x[t][c];
                slope[t][c] = share[t];
            }
        }
        torch.assertClose(y, expected, tolerance(type));
        ops.autograd().backward(List.of(y), List.of(torch.upload(Plain.map(x, v -> 1), type)));
        torch.assertClose(ops.autograd().gradient(input), slope, tolerance(type));
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void gradients_reach_the_input_the_gates_and_every_factor(ElementType type) {
        // given
        Ops ops = torch.recording();
        double[][] slope = Plain.random(20, TOKENS, WIDTH);
        NDArray input = ops.autograd().leaf(torch.upload(x, type));
        NDArray own = ops.autograd().leaf(ops.upload(Plain.flat(weights), TOKENS, 1, EXPERTS));
        ExpertLora[] loras = loras(Dropout.NONE);
        // when
        NDArray y = dispatch(ops, type, input, gates(own), loras);
        ops.autograd().backward(List.of(y), List.of(torch.upload(slope, type)));
        // then: every partial derivative of the plain loop, by central differences
        double loose = type == FP32 ? 1e-5 : 2.5e-2;
        Supplier<Double> loss = () -> {
            double[][] plain = block(ones()).of(x, weights, share);
            return IntStream.range(0, TOKENS)
                    .mapToDouble(t -> IntStream.range(0, WIDTH)
                            .mapToDouble(c -> plain[t][c] * slope[t][c])
                            .sum())
                    .sum();
        };
        assertSlopes(ops, input, x, loss, loose);
        assertSlopes(ops, loras[0].a(), inputA, loss, loose);
        assertSlopes(ops, loras[0].b(), gateB, loss, loose);
        assertSlopes(ops, loras[1].b(), upB, loss, loose);
        assertSlopes(ops, loras[2].a(), downA, loss, loose);
        assertSlopes(ops, loras[2].b(), downB, loss, loose);
        // An expert that was not selected has no derivative: the selection is constant.
        double[][] found = differences(weights, loss);
        for (int t = 0; t < TOKENS; t++) {
            for (int e = 0; e < EXPERTS; e++) {
                found[t][e] = weights[t][e] == 0 ? 0 : found[t][e];
            }
        }
        torch.assertClose(ops.view(ops.autograd().gradient(own), TOKENS, EXPERTS), found, loose);
    }

    private void assertSlopes(Ops ops, NDArray leaf, double[][] values, Supplier<Double> loss, double tolerance) {
        torch.assertClose(ops.autograd().gradient(leaf), differences(values, loss), tolerance);
    }

    /** Central differences of the loss; the numbers are put back. */
    private static double[][] differences(double[][] values, Supplier<Double> loss) {
        double step = 1e-5;
        double[][] slopes = new double[values.length][values[0].length];
        for (int i = 0; i < values.length; i++) {
            for (int j = 0; j < values[0].length; j++) {
                double value = values[i][j];
                values[i][j] = value + step;
                double above = loss.get();
                values[i][j] = value - step;
                slopes[i][j] = (above - loss.get()) / (2 * step);
                values[i][j] = value;
            }
        }
        return slopes;
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void two_runs_give_the_same_bits(ElementType type) {
        int tokens = 600;
        int width = 64;
        double[][] input = Plain.random(30, tokens, width);
        double[][] router = Plain.random(31, 24, width);
        double[][] slope = Plain.random(32, tokens, width);
        ExpertWeights large = new ExpertWeights(
                matrices(33, 16, 48, width, type),
                matrices(34, 16, 48, width, type),
                matrices(35, 16, width, 48, type));
        List<float[]> runs = IntStream.range(0, 2)
                .boxed()
                .flatMap(run -> {
                    Ops ops = torch.recording();
                    NDArray x = ops.autograd().leaf(torch.upload(input, type));
                    NDArray rows = ops.autograd().leaf(torch.upload(router));
                    Gates gates = ops.mixtures()
                            .mix(
                                    ops.mixtures().logits(x, rows, 1),
                                    1,
                                    Graft.topK(4).nullExperts(8))
                            .gates();
                    NDArray y = ops.experts()
                            .dispatch(
                                    x,
                                    gates,
                                    Activation.SILU,
                                    large,
                                    null,
                                    null,
                                    null,
                                    Rows.of(ops, List.of(Segment.of(tokens))));
                    ops.autograd().backward(List.of(y), List.of(torch.upload(slope, type)));
                    return Stream.of(
                                    y,
                                    ops.autograd().gradient(x),
                                    ops.autograd().gradient(rows))
                            .map(ops::floats);
                })
                .toList();
        for (int i = 0; i < 3; i++) {
            assertThat(runs.get(i)).isEqualTo(runs.get(i + 3));
        }
    }

    private List<NDArray> matrices(int seed, int count, int rows, int columns, ElementType type) {
        return IntStream.range(0, count)
                .mapToObj(e -> torch.upload(Plain.map(Plain.random(seed * 100L + e, rows, columns), v -> v / 8), type))
                .toList();
    }

    @Test
    void dropout_masks_each_roles_input_token_by_token() {
        // given: the masks as plain LoRA draws them
        Dropout dropout = new Dropout(0.5, new RandomKey(7));
        double[][] input = torch.dropoutMasks(rows(TOKENS), WIDTH, 2, dropout);
        double[][] ofGate = Plain.columns(input, 0, WIDTH);
        double[][] ofUp = Plain.columns(input, WIDTH, WIDTH);
        double[][] ofDown = torch.dropoutMasks(rows(TOKENS), INNER, 1, dropout);
        assertThat(Arrays.stream(ofGate).flatMapToDouble(Arrays::stream)).containsOnly(0.0, 2.0);
        assertThat(Arrays.deepEquals(ofGate, ofUp)).isFalse();
        // when
        NDArray y = dispatch(torch.ops(), FP32, torch.upload(x), gates(weights), loras(dropout));
        // then
        torch.assertClose(y, block(List.of(ofGate, ofUp, ofDown)).of(x, weights, share), 1e-6);
    }

    // ---- the parts of the tests ----

    private static final @Nullable ExpertLora[] NO_LORA = {null, null, null};

    private NDArray dispatch(Ops ops, ElementType type, NDArray input, Gates gates, @Nullable ExpertLora[] loras) {
        ExpertWeights experts =
                new ExpertWeights(slices(gate, INNER, type), slices(up, INNER, type), slices(down, WIDTH, type));
        int tokens = (int) input.getShape().get(0);
        return ops.experts()
                .dispatch(input, gates, Activation.SILU, experts, loras[0], loras[1], loras[2], rows(tokens));
    }

    private Rows rows(int tokens) {
        return Rows.of(torch.ops(), List.of(Segment.of(tokens)));
    }

    private Gates gates(double[][] of) {
        return gates(torch.ops().upload(Plain.flat(of), of.length, 1, EXPERTS));
    }

    private Gates gates(NDArray of) {
        Ops ops = torch.ops();
        int tokens = (int) of.getShape().get(0);
        float[] own = new float[tokens];
        IntStream.range(0, tokens).forEach(t -> own[t] = (float) share[t]);
        return new Gates(of, ops.upload(own, tokens, 1));
    }

    /** fp32 leaves whatever the run's precision. */
    private ExpertLora[] loras(Dropout dropout) {
        Ops ops = torch.ops();
        NDArray input = ops.autograd().leaf(torch.upload(inputA));
        return new ExpertLora[] {
            new ExpertLora(input, 0, ops.autograd().leaf(torch.upload(gateB)), SCALE, dropout),
            new ExpertLora(input, 1, ops.autograd().leaf(torch.upload(upB)), SCALE, dropout),
            new ExpertLora(
                    ops.autograd().leaf(torch.upload(downA)),
                    0,
                    ops.autograd().leaf(torch.upload(downB)),
                    SCALE,
                    dropout),
        };
    }

    private PlainBlock block(List<double[][]> masks) {
        int own = EXPERTS * RANK;
        return new PlainBlock(
                PlainBlock.experts(gate, INNER),
                PlainBlock.experts(up, INNER),
                PlainBlock.experts(down, WIDTH),
                List.of(
                        new PlainBlock.Lora(
                                PlainBlock.experts(Arrays.copyOf(inputA, own), RANK),
                                PlainBlock.experts(gateB, RANK),
                                SCALE,
                                List.of(masks.get(0))),
                        new PlainBlock.Lora(
                                PlainBlock.experts(Arrays.copyOfRange(inputA, own, 2 * own), RANK),
                                PlainBlock.experts(upB, RANK),
                                SCALE,
                                List.of(masks.get(1))),
                        new PlainBlock.Lora(
                                PlainBlock.experts(downA, RANK),
                                PlainBlock.experts(downB, RANK),
                                SCALE,
                                List.of(masks.get(2)))));
    }

    private static List<double[][]> ones() {
        double[][] kept = Plain.map(new double[TOKENS][Math.max(WIDTH, INNER)], v -> 1);
        return List.of(kept, kept, kept);
    }

    private List<NDArray> slices(double[][] stacked, int rows, ElementType type) {
        return PlainBlock.experts(stacked, rows).stream()
                .map(each -> torch.upload(each, type))
                .toList();
    }
}
