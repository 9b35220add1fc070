package dev.graft.runtime.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplingTest {
    private static final float[] LOGITS = {0f, 2f, 1f, -1f};

    @Test
    void greedy_takes_the_likeliest_and_the_lower_of_equals() {
        assertThat(TokenChoice.greedy().choose(LOGITS, 0)).isEqualTo(1);
        assertThat(TokenChoice.greedy().choose(new float[] {1f, 3f, 3f}, 0)).isEqualTo(1);
    }

    @Test
    void draws_each_token_as_often_as_its_probability_says() {
        // given
        Sampling sampling = new Sampling(0.5, 0, 1, 7);
        int draws = 20_000;

        // when
        long[] counts = new long[LOGITS.length];
        IntStream.range(0, draws).forEach(i -> counts[sampling.choose(LOGITS, i)]++);

        // then: softmax of the logits divided by the temperature
        double sum = IntStream.range(0, LOGITS.length)
                .mapToDouble(i -> Math.exp(LOGITS[i] / 0.5))
                .sum();
        for (int i = 0; i < LOGITS.length; i++) {
            assertThat(counts[i] / (double) draws).isCloseTo(Math.exp(LOGITS[i] / 0.5) / sum, within(0.01));
        }
    }

    @Test
    void the_same_seed_gives_the_same_tokens_and_another_one_others() {
        assertThat(tokens(1)).isEqualTo(tokens(1)).isNotEqualTo(tokens(2));
    }

    @Test
    void top_k_and_top_p_leave_the_unlikely_out() {
        // probabilities of LOGITS: 0.087, 0.644, 0.237, 0.032
        Sampling two = new Sampling(1, 2, 1, 3);
        Sampling mostly = new Sampling(1, 0, 0.7, 3);
        Sampling one = new Sampling(1, 0, 0.6, 3);
        assertThat(IntStream.range(0, 500).map(i -> two.choose(LOGITS, i))).containsOnly(1, 2);
        assertThat(IntStream.range(0, 500).map(i -> mostly.choose(LOGITS, i))).containsOnly(1, 2);
        assertThat(IntStream.range(0, 500).map(i -> one.choose(LOGITS, i))).containsOnly(1);
    }

    @Test
    void settings_out_of_range_are_named() {
        assertThatThrownBy(() -> new Sampling(-1, 0, 1, 0)).hasMessageContaining("temperature -1.0");
        assertThatThrownBy(() -> new Sampling(1, -2, 1, 0)).hasMessageContaining("top-k -2");
        assertThatThrownBy(() -> new Sampling(1, 0, 1.5, 0)).hasMessageContaining("top-p 1.5");
    }

    private static int[] tokens(long seed) {
        Sampling sampling = new Sampling(1, 0, 1, seed);
        return IntStream.range(0, 50).map(i -> sampling.choose(LOGITS, i)).toArray();
    }
}
