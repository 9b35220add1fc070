package dev.graft.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Merge;
import dev.graft.runtime.random.RandomKey;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RandomTest {
    private static final RandomKey KEY = RandomKey.of(7).with(3);

    @RegisterExtension
    private final Torch torch = new Torch();

    @Test
    void uniform_numbers_are_those_of_the_key_to_the_bit() {
        float[] drawn = torch.ops().floats(torch.ops().uniform(KEY, -0.5, 1.5, 100, 10));
        for (int i = 0; i < drawn.length; i++) {
            assertThat(drawn[i]).isEqualTo((float) (KEY.uniform(i) * 2 - 0.5));
        }
    }

    @Test
    void normal_numbers_are_box_muller_of_the_key() {
        int n = 10_000;
        float[] drawn = torch.ops().floats(torch.ops().normal(KEY, 0.02, n));
        for (int i = 0; i < n; i++) {
            double radius = Math.sqrt(-2 * Math.log(1 - KEY.uniform(i)));
            double expected = 0.02 * radius * Math.cos(2 * Math.PI * KEY.uniform(n + i));
            assertThat((double) drawn[i]).isCloseTo(expected, within(1e-8));
        }
    }

    @Test
    void normal_numbers_have_their_moments_and_tails() {
        int n = 100_000;
        double[] powers = new double[5];
        int beyondTwo = 0;
        for (float value : torch.ops().floats(torch.ops().normal(KEY, 1, n))) {
            for (int p = 1; p <= 4; p++) {
                powers[p] += Math.pow(value, p) / n;
            }
            beyondTwo += Math.abs(value) > 2 ? 1 : 0;
        }
        // Standard errors: 0.0032, 0.0045, 0.012, 0.031.
        assertThat(powers[1]).isCloseTo(0, within(0.013));
        assertThat(powers[2]).isCloseTo(1, within(0.018));
        assertThat(powers[3]).isCloseTo(0, within(0.05));
        assertThat(powers[4]).isCloseTo(3, within(0.13));
        assertThat(beyondTwo / (double) n).isCloseTo(0.0455, within(0.0027));
    }

    // ---- dropout masks, seen through an adapter whose first factor is the identity ----

    private double[][] kept(Rows rows, int sites, double rate, RandomKey key) {
        int width = 64;
        double[][] eye = new double[sites * width][width];
        for (int i = 0; i < eye.length; i++) {
            eye[i][i % width] = 1;
        }
        NDArray ones = torch.ops().activate(torch.ops().zeros(ElementType.FP32, rows.tokens(), width), Activation.SILU);
        NDArray x = torch.ops().add(ones, torch.ops().upload(new float[] {1}, 1));
        float[] h = torch.ops()
                .floats(torch.ops()
                        .mixtures()
                        .loraHidden(x, torch.upload(eye), null, sites, 1, Merge.OUTPUTS, new Dropout(rate, key), rows)
                        .state());
        double[][] result = new double[rows.tokens()][sites * width];
        for (int i = 0; i < h.length; i++) {
            result[i / (sites * width)][i % (sites * width)] = h[i];
        }
        return result;
    }

    @Test
    void dropout_keeps_the_mean_and_every_site_has_its_own_mask() {
        Rows rows = Rows.of(torch.ops(), List.of(Segment.of(200)));
        double[][] h = kept(rows, 2, 0.25, KEY);
        int zeros = 0;
        int different = 0;
        for (double[] row : h) {
            for (int c = 0; c < 64; c++) {
                assertThat(row[c]).isIn(0.0, (double) (float) (1 / 0.75));
                zeros += row[c] == 0 ? 1 : 0;
                different += row[c] != row[64 + c] ? 1 : 0;
            }
        }
        assertThat(zeros / 12_800.0).isCloseTo(0.25, within(0.02));
        assertThat(different / 12_800.0).isCloseTo(2 * 0.25 * 0.75, within(0.02));
    }

    @Test
    void a_mask_follows_its_example_wherever_it_is_packed() {
        // given: the same example alone, and behind another one
        Rows alone = Rows.of(torch.ops(), List.of(Segment.of(5).example(17)));
        Rows packed = Rows.of(
                torch.ops(), List.of(Segment.of(3).example(4), Segment.of(5).example(17)));
        // when
        double[][] first = kept(alone, 1, 0.5, KEY);
        double[][] second = kept(packed, 1, 0.5, KEY);
        // then
        assertThat(java.util.Arrays.copyOfRange(second, 3, 8)).isDeepEqualTo(first);
        assertThat(kept(alone, 1, 0.5, KEY.with(1))).isNotEqualTo(first);
        assertThat(second[0]).isNotEqualTo(second[3]);
    }
}
