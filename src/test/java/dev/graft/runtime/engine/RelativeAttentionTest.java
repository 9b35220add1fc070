package dev.graft.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** T5's attention: relative position bias, both directions, and from a decoder to an encoder. */
class RelativeAttentionTest {
    private static final int HEADS = 3;
    private static final int WIDTH = 4;
    private static final int BUCKETS = 8;
    private static final int MAX_DISTANCE = 10;
    private static final Attention ENCODER =
            Attention.bidirectional(HEADS, HEADS, WIDTH).scale(1);
    private static final Attention DECODER =
            Attention.causal(HEADS, HEADS, WIDTH).scale(1);

    @RegisterExtension
    private final Torch torch = new Torch();

    private final double[][] q = Plain.random(1, 18, HEADS * WIDTH);
    private final double[][] k = Plain.random(2, 18, HEADS * WIDTH);
    private final double[][] v = Plain.random(3, 18, HEADS * WIDTH);
    private final double[][] table = Plain.random(4, BUCKETS, HEADS);

    @ParameterizedTest
    @CsvSource({"FP32,false,1e-6", "FP32,true,1e-6", "BF16,false,1e-2", "BF16,true,1e-2"})
    void each_head_adds_the_bias_of_the_distance(ElementType type, boolean causal, double tolerance) {
        Ops ops = torch.ops();
        Attention shape = causal ? DECODER : ENCODER;
        Rows rows = Rows.of(ops, List.of(Segment.of(11), Segment.of(1), Segment.of(0), Segment.of(6)));
        RelativeBias bias = new RelativeBias(torch.upload(table, type), MAX_DISTANCE);

        NDArray y = ops.attention(
                torch.upload(q, type),
                torch.upload(k, type),
                torch.upload(v, type),
                shape,
                ops.positionBias(bias, shape, rows),
                rows,
                null);

        torch.assertClose(y, perSequence(causal, table, 11, 1, 6), tolerance);
    }

    @ParameterizedTest
    @CsvSource({"FP32,1e-6", "BF16,1e-2"})
    void a_cache_filled_piece_by_piece_gives_what_one_pass_gives(ElementType type, double tolerance) {
        // given: two sequences, the second three tokens behind the first
        Ops ops = torch.ops();
        RelativeBias bias = new RelativeBias(torch.upload(table, type), MAX_DISTANCE);
        KvCache.Layer cache =
                KvCache.allocate(ops, 1, 2, 12, HEADS, WIDTH, type).layers().get(0);
        double[][] whole = perSequence(true, table, 9, 9);
        int[] read = {0, 0};
        for (int[] piece : new int[][] {{5, 2}, {1, 1}, {1, 4}, {2, 0}}) {
            int[] places = IntStream.range(0, 2)
                    .flatMap(i -> IntStream.range(9 * i + read[i], 9 * i + read[i] + piece[i]))
                    .toArray();
            Rows rows = Rows.of(ops, List.of(Segment.after(read[0], piece[0]), Segment.after(read[1], piece[1])));
            // when
            NDArray y = ops.attention(
                    torch.upload(at(q, places), type),
                    torch.upload(at(k, places), type),
                    torch.upload(at(v, places), type),
                    DECODER,
                    ops.positionBias(bias, DECODER, rows),
                    rows,
                    cache);
            // then
            torch.assertClose(y, at(whole, places), tolerance);
            read[0] += piece[0];
            read[1] += piece[1];
        }
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void long_sequences_follow_the_same_definition(boolean causal) {
        Ops ops = torch.ops();
        int n = 300;
        double[][] longQ = Plain.random(5, n, HEADS * WIDTH);
        double[][] longK = Plain.random(6, n, HEADS * WIDTH);
        double[][] longV = Plain.random(7, n, HEADS * WIDTH);
        Attention shape = causal ? DECODER : ENCODER;
        Rows rows = Rows.of(ops, List.of(Segment.of(n)));

        NDArray y = ops.attention(
                torch.upload(longQ),
                torch.upload(longK),
                torch.upload(longV),
                shape,
                ops.positionBias(new RelativeBias(torch.upload(table), MAX_DISTANCE), shape, rows),
                rows,
                null);

        torch.assertClose(y, attention(longQ, longK, longV, causal, table), 3e-6);
    }

    @ParameterizedTest
    @CsvSource({"FP32,1e-6", "BF16,1e-2"})
    void a_decoder_reads_the_whole_memory_of_its_own_sequence(ElementType type, double tolerance) {
        // given: memories of 7, 2, 4 and 5 tokens; the third sequence takes no part
        Ops ops = torch.ops();
        Rows memory = Rows.of(ops, List.of(Segment.of(7), Segment.of(2), Segment.of(4), Segment.of(5)));
        Rows rows = Rows.of(ops, List.of(Segment.of(3), Segment.of(5), Segment.of(0), Segment.after(3, 1)));

        NDArray y = ops.crossAttention(
                torch.upload(Arrays.copyOf(q, 9), type),
                new KeysValues(torch.upload(k, type), torch.upload(v, type), memory),
                ENCODER,
                rows);

        double[][] expected = new double[9][];
        int[][] parts = {{0, 3, 0, 7}, {3, 8, 7, 9}, {8, 9, 13, 18}};
        for (int[] part : parts) {
            double[][] own = attention(
                    Arrays.copyOfRange(q, part[0], part[1]),
                    Arrays.copyOfRange(k, part[2], part[3]),
                    Arrays.copyOfRange(v, part[2], part[3]),
                    false,
                    new double[BUCKETS][HEADS]);
            System.arraycopy(own, 0, expected, part[0], own.length);
        }
        torch.assertClose(y, expected, tolerance);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void the_table_and_the_projections_get_the_gradient_of_the_definition(boolean causal) {
        // given
        Ops ops = torch.recording();
        double[][] slope = Plain.random(8, 18, HEADS * WIDTH);
        Attention shape = causal ? DECODER : ENCODER;
        Rows rows = Rows.of(ops, List.of(Segment.of(11), Segment.of(7)));
        NDArray leafTable = ops.autograd().leaf(torch.upload(table));
        NDArray leafK = ops.autograd().leaf(torch.upload(k));
        PositionBias bias = ops.positionBias(new RelativeBias(leafTable, MAX_DISTANCE), shape, rows);
        // when: two layers share the bias
        NDArray first = ops.attention(torch.upload(q), leafK, torch.upload(v), shape, bias, rows, null);
        NDArray second = ops.attention(torch.upload(q), leafK, torch.upload(v), shape, bias, rows, null);
        NDArray g = torch.upload(slope);
        ops.autograd().backward(List.of(first, second), List.of(g, g));
        // then
        double[][] ofTable = slope(table, changed -> 2 * sum(slope, perSequence(causal, changed, 11, 7)));
        torch.assertClose(ops.autograd().gradient(leafTable), ofTable, 3e-6);
        double[][] ofK = slope(k, changed -> {
            double[][] a = attention(part(q, 0, 11), part(changed, 0, 11), part(v, 0, 11), causal, table);
            double[][] b = attention(part(q, 11, 18), part(changed, 11, 18), part(v, 11, 18), causal, table);
            return 2 * (sum(part(slope, 0, 11), a) + sum(part(slope, 11, 18), b));
        });
        torch.assertClose(ops.autograd().gradient(leafK), ofK, 3e-6);
    }

    @Test
    void what_cross_attention_reads_gets_the_gradient_of_the_definition() {
        // given
        Ops ops = torch.recording();
        double[][] slope = Plain.random(8, 5, HEADS * WIDTH);
        Rows memory = Rows.of(ops, List.of(Segment.of(7)));
        NDArray leafK = ops.autograd().leaf(torch.upload(part(k, 0, 7)));
        NDArray leafV = ops.autograd().leaf(torch.upload(part(v, 0, 7)));
        // when
        NDArray y = ops.crossAttention(
                torch.upload(part(q, 0, 5)),
                new KeysValues(leafK, leafV, memory),
                ENCODER,
                Rows.of(ops, List.of(Segment.of(5))));
        ops.autograd().backward(List.of(y), List.of(torch.upload(slope)));
        // then
        double[][] flat = new double[BUCKETS][HEADS];
        torch.assertClose(
                ops.autograd().gradient(leafK),
                slope(part(k, 0, 7), x -> sum(slope, attention(part(q, 0, 5), x, part(v, 0, 7), false, flat))),
                3e-6);
        torch.assertClose(
                ops.autograd().gradient(leafV),
                slope(part(v, 0, 7), x -> sum(slope, attention(part(q, 0, 5), part(k, 0, 7), x, false, flat))),
                3e-6);
    }

    @Test
    void buckets_are_those_of_hugging_face() {
        // given: each bucket adds its number; queries and keys add nothing
        Ops ops = torch.ops();
        double[][] numbers = new double[32][1];
        IntStream.range(0, 32).forEach(i -> numbers[i][0] = i);
        Rows rows = Rows.of(ops, List.of(Segment.of(201)));
        RelativeBias bias = new RelativeBias(torch.upload(numbers), 128);
        // when
        float[] both = ops.floats(
                ops.positionBias(bias, Attention.bidirectional(1, 1, 1), rows).scores());
        float[] causal = ops.floats(
                ops.positionBias(bias, Attention.causal(1, 1, 1), rows).scores());
        // then: of the last query, backwards from its own place (transformers' T5Attention, 32 buckets, distance 128)
        int[] distances = {0, 1, 7, 8, 11, 12, 15, 16, 22, 23, 31, 32, 45, 46, 63, 64, 90, 91, 127, 128, 200};
        int[] before = {0, 1, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15, 15, 15};
        int[] beforeCausal = {0, 1, 7, 8, 11, 12, 15, 16, 18, 18, 21, 21, 23, 24, 26, 26, 29, 29, 31, 31, 31};
        for (int i = 0; i < distances.length; i++) {
            int last = 200 * 201 + 200 - distances[i];
            assertThat(both[last]).as("distance -%s", distances[i]).isEqualTo(before[i]);
            assertThat(causal[last]).as("distance -%s, causal", distances[i]).isEqualTo(beforeCausal[i]);
            assertThat(both[distances[i]])
                    .as("distance +%s", distances[i])
                    .isEqualTo(distances[i] == 0 ? 0 : 16 + before[i]);
        }
        assertThat(causal[1]).isLessThan(-1e29f);
    }

    // ---- the definition ----

    private double[][] perSequence(boolean causal, double[][] bias, int... lengths) {
        double[][] y = new double[Arrays.stream(lengths).sum()][];
        int start = 0;
        for (int n : lengths) {
            int end = start + n;
            double[][] own = attention(part(q, start, end), part(k, start, end), part(v, start, end), causal, bias);
            System.arraycopy(own, 0, y, start, n);
            start = end;
        }
        return y;
    }

    private static double[][] attention(double[][] q, double[][] k, double[][] v, boolean causal, double[][] table) {
        double[][] y = new double[q.length][q[0].length];
        for (int head = 0; head < HEADS; head++) {
            for (int i = 0; i < q.length; i++) {
                int keys = causal ? i + 1 : k.length;
                double[] scores = new double[keys];
                for (int j = 0; j < keys; j++) {
                    scores[j] = table[bucket(j - i, causal)][head];
                    for (int c = head * WIDTH; c < (head + 1) * WIDTH; c++) {
                        scores[j] += q[i][c] * k[j][c];
                    }
                }
                double[] p = Plain.softmax(scores);
                for (int j = 0; j < keys; j++) {
                    for (int c = head * WIDTH; c < (head + 1) * WIDTH; c++) {
                        y[i][c] += p[j] * v[j][c];
                    }
                }
            }
        }
        return y;
    }

    private static int bucket(int relative, boolean causal) {
        int n = causal ? BUCKETS : BUCKETS / 2;
        int offset = !causal && relative > 0 ? n : 0;
        int distance = Math.abs(relative);
        int exact = n / 2;
        if (distance < exact) {
            return offset + distance;
        }
        double growth = Math.log((double) distance / exact) / Math.log((double) MAX_DISTANCE / exact) * (n - exact);
        return offset + Math.min(n - 1, exact + (int) growth);
    }

    /** Central differences. */
    private static double[][] slope(double[][] x, Function<double[][], Double> f) {
        double[][] slopes = new double[x.length][x[0].length];
        double h = 1e-5;
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < x[0].length; j++) {
                slopes[i][j] = (f.apply(moved(x, i, j, h)) - f.apply(moved(x, i, j, -h))) / (2 * h);
            }
        }
        return slopes;
    }

    private static double[][] moved(double[][] x, int i, int j, double by) {
        double[][] y = Plain.map(x, value -> value);
        y[i][j] += by;
        return y;
    }

    private static double sum(double[][] a, double[][] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(i -> IntStream.range(0, a[i].length)
                        .mapToDouble(j -> a[i][j] * b[i][j])
                        .sum())
                .sum();
    }

    private static double[][] part(double[][] x, int from, int to) {
        return Arrays.copyOfRange(x, from, to);
    }

    private static double[][] at(double[][] x, int[] places) {
        return Arrays.stream(places).mapToObj(place -> x[place]).toArray(double[][]::new);
    }
}
