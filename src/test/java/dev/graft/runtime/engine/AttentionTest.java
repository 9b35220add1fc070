package dev.graft.runtime.engine;

import static dev.graft.runtime.engine.ElementType.BF16;
import static dev.graft.runtime.engine.ElementType.FP32;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttentionTest {
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int WIDTH = 8;
    private static final double THETA = 100;
    private static final Attention SHAPE = Attention.causal(HEADS, KV_HEADS, WIDTH);

    @RegisterExtension
    private final Torch torch = new Torch();

    private final double[][] q = Plain.random(1, 9, HEADS * WIDTH);
    private final double[][] k = Plain.random(2, 9, KV_HEADS * WIDTH);
    private final double[][] v = Plain.random(3, 9, KV_HEADS * WIDTH);

    private double[][] expected(int window, int... lengths) {
        int start = 0;
        double[][] y = new double[0][];
        for (int n : lengths) {
            double[][] part = Plain.attention(
                    Arrays.copyOfRange(q, start, start + n),
                    Arrays.copyOfRange(k, start, start + n),
                    Arrays.copyOfRange(v, start, start + n),
                    HEADS,
                    KV_HEADS,
                    THETA,
                    window);
            double[][] longer = Arrays.copyOf(y, y.length + n);
            System.arraycopy(part, 0, longer, y.length, n);
            y = longer;
            start += n;
        }
        return y;
    }

    private NDArray attend(Ops ops, ElementType type, Attention shape, Rows rows, KvCache.Layer cache, int from) {
        int n = rows.tokens();
        return ops.attention(
                torch.upload(Arrays.copyOfRange(q, from, from + n), type),
                torch.upload(Arrays.copyOfRange(k, from, from + n), type),
                torch.upload(Arrays.copyOfRange(v, from, from + n), type),
                shape,
                ops.angles(Rotary.of(WIDTH, THETA), rows),
                rows,
                cache);
    }

    @ParameterizedTest
    @CsvSource({"FP32,0,1e-6", "FP32,3,1e-6", "FP32,1,1e-6", "BF16,0,1e-2", "BF16,3,1e-2"})
    void every_sequence_attends_to_its_own_past_within_the_window(ElementType type, int window, double tolerance) {
        Ops ops = torch.ops();
        Rows rows = Rows.of(ops, List.of(Segment.of(4), Segment.of(1), Segment.of(0), Segment.of(4)));
        NDArray y = ops.attention(
                torch.upload(q, type),
                torch.upload(k, type),
                torch.upload(v, type),
                SHAPE.window(window),
                ops.angles(Rotary.of(WIDTH, THETA), rows),
                rows,
                null);
        torch.assertClose(y, expected(window, 4, 1, 4), tolerance);
    }

    @ParameterizedTest
    @CsvSource({"FP32,0,1e-6", "FP32,3,1e-6", "BF16,0,1e-2"})
    void a_cache_filled_piece_by_piece_gives_what_one_pass_gives(ElementType type, int window, double tolerance) {
        // given: a sequence of 9 tokens, read as a prompt of 5, then 1 token, then 3 at once
        Ops ops = torch.ops();
        double[][] whole = expected(window, 9);
        KvCache.Layer cache =
                KvCache.allocate(ops, 1, 2, 12, KV_HEADS, WIDTH, type).layers().get(0);
        Attention shape = SHAPE.window(window);
        int[][] pieces = {{0, 5}, {5, 1}, {6, 3}};
        for (int[] piece : pieces) {
            // when: the other sequence takes no part
            Rows rows = Rows.of(ops, List.of(Segment.of(0), Segment.after(piece[0], piece[1])));
            NDArray y = attend(ops, type, shape, rows, cache, piece[0]);
            // then

            torch.assertClose(y, Arrays.copyOfRange(whole, piece[0], piece[0] + piece[1]), tolerance);
        }
    }

    @ParameterizedTest
    @CsvSource({"FP32,0,3e-6", "FP32,100,3e-6", "BF16,0,1e-2"})
    void long_sequences_and_their_caches_follow_the_same_definition(ElementType type, int window, double tolerance) {
        // given
        Ops ops = torch.ops();
        int n = 300;
        double[][] longQ = Plain.random(4, n, HEADS * WIDTH);
        double[][] longK = Plain.random(5, n, KV_HEADS * WIDTH);
        double[][] longV = Plain.random(6, n, KV_HEADS * WIDTH);
        double[][] whole = Plain.attention(longQ, longK, longV, HEADS, KV_HEADS, THETA, window);
        KvCache.Layer cache =
                KvCache.allocate(ops, 1, 1, n, KV_HEADS, WIDTH, type).layers().get(0);
        for (int[] piece : new int[][] {{0, 270}, {270, 1}, {271, 29}}) {
            // when
            Rows rows = Rows.of(ops, List.of(Segment.after(piece[0], piece[1])));
            int end = piece[0] + piece[1];
            NDArray y = ops.attention(
                    torch.upload(Arrays.copyOfRange(longQ, piece[0], end), type),
                    torch.upload(Arrays.copyOfRange(longK, piece[0], end), type),
                    torch.upload(Arrays.copyOfRange(longV, piece[0], end), type),
                    SHAPE.window(window),
                    ops.angles(Rotary.of(WIDTH, THETA), rows),
                    rows,
                    cache);
            // then
            torch.assertClose(y, Arrays.copyOfRange(whole, piece[0], end), tolerance);
        }
    }

    @Test
    void scaled_rotary_frequencies_follow_their_definitions() {
        // given
        Ops ops = torch.ops();
        Rows rows = Rows.of(ops, List.of(Segment.of(6)));
        int width = 16;
        // when
        Angles linear = ops.angles(new Rotary(width, 10000, new Rotary.Scaling.Linear(4)), rows);
        Angles llama = ops.angles(new Rotary(width, 10000, new Rotary.Scaling.Llama3(8, 1, 4, 64)), rows);
        // then
        double[][] linearSin = new double[6][width / 2];
        double[][] llamaSin = new double[6][width / 2];
        for (int t = 0; t < 6; t++) {
            for (int c = 0; c < width / 2; c++) {
                double frequency = Math.pow(10000, -2.0 * c / width);
                linearSin[t][c] = Math.sin(t * frequency / 4);
                double turns = 64 * frequency / (2 * Math.PI);
                double smooth = Math.min(1, Math.max(0, (turns - 1) / (4 - 1)));
                llamaSin[t][c] = Math.sin(t * frequency * (smooth + (1 - smooth) / 8));
            }
        }
        torch.assertClose(ops.view(linear.sin(), 6, width / 2), linearSin, 1e-6);
        torch.assertClose(ops.view(llama.sin(), 6, width / 2), llamaSin, 1e-6);
    }

    @Test
    void bf16_caches_and_fp32_caches_hold_their_own_type() {
        Ops ops = torch.ops();
        Rows rows = Rows.of(ops, List.of(Segment.of(9)));
        double[][] whole = expected(0, 9);
        torch.assertClose(
                attend(
                        ops,
                        FP32,
                        SHAPE,
                        rows,
                        KvCache.allocate(ops, 1, 1, 9, KV_HEADS, WIDTH, FP32)
                                .layers()
                                .get(0),
                        0),
                whole,
                1e-6);
        torch.assertClose(
                attend(
                        ops,
                        BF16,
                        SHAPE,
                        rows,
                        KvCache.allocate(ops, 1, 1, 9, KV_HEADS, WIDTH, BF16)
                                .layers()
                                .get(0),
                        0),
                whole,
                1e-2);
    }
}
