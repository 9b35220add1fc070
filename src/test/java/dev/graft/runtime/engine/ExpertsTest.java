package dev.graft.runtime.engine;

import static dev.graft.runtime.engine.ElementType.FP32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Graft;
import dev.graft.dsl.Merge;
import dev.graft.runtime.random.RandomKey;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Routers of blocks, and what stands beside a block, against plain loops. */
class ExpertsTest {
    private static final int TOKENS = 7;
    private static final int WIDTH = 6;
    private static final int EXPERTS = 4;
    private static final int RANK = 2;

    @RegisterExtension
    private final Torch torch = new Torch();

    private final double[][] x = Plain.random(1, TOKENS, WIDTH);

    private static double tolerance(ElementType type) {
        return type == FP32 ? 1e-6 : 1.2e-2;
    }

    private Rows rows() {
        return Rows.of(torch.ops(), List.of(Segment.of(TOKENS)));
    }

    // ---- routers ----

    @Test
    void null_experts_without_rows_of_their_own_copy_logits_bit_for_bit() {
        // given: seven null experts of three true ones
        double[][] router = Plain.random(40, 3, WIDTH);
        // when
        NDArray logits =
                torch.ops().experts().routerLogits(torch.upload(x), torch.upload(router), null, 7, null, null, null);
        // then
        assertThat(logits.getShape().getShape()).containsExactly(TOKENS, 1, 10);
        double[][] expected = Plain.times(x, Plain.transpose(router));
        double[][] found = torch.rows(logits, 10);
        for (int t = 0; t < TOKENS; t++) {
            for (int e = 0; e < 10; e++) {
                assertThat(found[t][e]).isEqualTo(found[t][e % 3]).isCloseTo(expected[t][e % 3], within(1e-5));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void lora_moves_the_logits_of_true_and_null_experts_apart(ElementType type) {
        // given
        double[][] router = Plain.random(41, 3, WIDTH);
        double[][] nulls = Plain.random(42, 2, WIDTH);
        double[][] h = Plain.random(43, TOKENS, 2 * RANK);
        double[][] b = Plain.random(44, RANK, 3);
        double[][] b2 = Plain.random(45, RANK, 2);
        // when
        NDArray logits = torch.ops()
                .experts()
                .routerLogits(
                        torch.upload(x, type),
                        torch.upload(router, type),
                        torch.upload(nulls, type),
                        2,
                        new LoraHidden(torch.upload(h, type), null),
                        torch.upload(b),
                        torch.upload(b2));
        // then: the products are fp32 whatever the run's precision
        double[][] own = Plain.plus(Plain.times(x, Plain.transpose(router)), Plain.times(Plain.columns(h, 0, RANK), b));
        double[][] theirs =
                Plain.plus(Plain.times(x, Plain.transpose(nulls)), Plain.times(Plain.columns(h, RANK, RANK), b2));
        double[][] expected = new double[TOKENS][];
        for (int t = 0; t < TOKENS; t++) {
            expected[t] = new double[] {own[t][0], own[t][1], own[t][2], theirs[t][0], theirs[t][1]};
        }
        torch.assertClose(torch.ops().view(logits, TOKENS, 5), expected, 1e-6);
    }

    @Test
    void host_scale_gives_the_ith_adapter_the_ith_largest_host_weight() {
        // given
        Ops ops = torch.ops();
        NDArray own = ops.upload(new float[] {0, 3, 1, 2, 2, 2}, 2, 1, 3);
        NDArray hostLogits = ops.upload(new float[] {1, 0, 2, 3, 0, 4, 1, 2}, 2, 1, 4);
        Gates host = ops.mixtures().mix(hostLogits, 1, Graft.topK(2)).gates();
        // when
        RouterDecision scaled = ops.experts().hostScaled(own, host, Graft.topK(2));
        // then: in the second row the adapters are tied, so the lower index comes first
        double[] first = Plain.softmax(new double[] {1, 0, 2, 3});
        double[] second = Plain.softmax(new double[] {0, 4, 1, 2});
        torch.assertClose(
                ops.view(scaled.gates().weights(), 2, 3),
                new double[][] {{0, first[3], first[2]}, {second[1], second[3], 0}},
                1e-6);
        assertThat(ops.floats(scaled.load())).containsOnly(2f);
        assertThat(ops.floats(scaled.statistics().selected())).containsExactly(1, 2, 1);
        assertThatThrownBy(() -> ops.experts().hostScaled(own, host, Graft.soft()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    // ---- beside the block ----

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void parallel_adapters_add_to_the_blocks_output(ElementType type) {
        // given: four adapters of rank 2
        double[][] w1 = Plain.random(50, EXPERTS * RANK, WIDTH);
        double[][] w2 = Plain.random(51, EXPERTS * RANK, WIDTH);
        double[][] y = Plain.random(52, TOKENS, WIDTH);
        double[][] logits = Plain.random(53, TOKENS, EXPERTS);
        Gates gates = torch.ops()
                .mixtures()
                .mix(torch.ops().upload(Plain.flat(logits), TOKENS, 1, EXPERTS), 1, Graft.soft())
                .gates();
        Experts experts = torch.ops().experts();
        // when
        NDArray h = experts.parallelHidden(torch.upload(x, type), torch.upload(w1), gates, Dropout.NONE, rows());
        NDArray found = experts.plus(torch.upload(y, type), h, torch.upload(w2));
        // then
        double[][] hidden = Plain.map(Plain.times(x, Plain.transpose(w1)), v -> v / (1 + Math.exp(-v)));
        for (int t = 0; t < TOKENS; t++) {
            for (int i = 0; i < hidden[t].length; i++) {
                hidden[t][i] *= Plain.softmax(logits[t])[i / RANK];
            }
        }
        torch.assertClose(h, hidden, tolerance(type));
        torch.assertClose(found, Plain.plus(y, Plain.times(hidden, w2)), tolerance(type));
    }

    /** Generation has one row at a time, whose hidden state stays in fp32. */
    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void lora_adds_to_the_blocks_output_of_a_single_token(ElementType type) {
        // given
        double[][] one = {x[0]};
        double[][] a = Plain.random(55, RANK, WIDTH);
        double[][] b = Plain.random(56, RANK, WIDTH);
        double[][] y = Plain.random(57, 1, WIDTH);
        Rows row = Rows.of(torch.ops(), List.of(Segment.of(1)));
        // when
        LoraHidden h = torch.ops()
                .mixtures()
                .loraHidden(torch.upload(one, type), torch.upload(a), null, 1, 1, Merge.OUTPUTS, Dropout.NONE, row);
        NDArray found = torch.ops().experts().plus(torch.upload(y, type), h, torch.upload(b));
        // then
        torch.assertClose(found, Plain.plus(y, Plain.times(Plain.times(one, Plain.transpose(a)), b)), tolerance(type));
    }

    @Test
    void dropout_masks_the_input_of_parallel_adapters() {
        double[][] w1 = Plain.random(54, EXPERTS * RANK, WIDTH);
        Dropout dropout = new Dropout(0.5, new RandomKey(8));
        double[][] mask = torch.dropoutMasks(rows(), WIDTH, 1, dropout);
        double[][] kept = new double[TOKENS][WIDTH];
        for (int t = 0; t < TOKENS; t++) {
            for (int c = 0; c < WIDTH; c++) {
                kept[t][c] = x[t][c] * mask[t][c];
            }
        }
        torch.assertClose(
                torch.ops().experts().parallelHidden(torch.upload(x), torch.upload(w1), null, dropout, rows()),
                Plain.map(Plain.times(kept, Plain.transpose(w1)), v -> v / (1 + Math.exp(-v))),
                1e-6);
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void a_shared_expert_is_scaled_by_the_sigmoid_of_its_logit(ElementType type) {
        double[][] logits = Plain.random(60, TOKENS, 1);
        double[][] expected = new double[TOKENS][WIDTH];
        for (int t = 0; t < TOKENS; t++) {
            for (int c = 0; c < WIDTH; c++) {
                expected[t][c] = x[t][c] / (1 + Math.exp(-logits[t][0]));
            }
        }
        torch.assertClose(
                torch.ops().experts().sigmoidScaled(torch.upload(x, type), torch.upload(logits, type)),
                expected,
                tolerance(type));
    }
}
