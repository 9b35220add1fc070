package dev.graft.runtime.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.graft.issue.GraftException;
import java.util.List;
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
    void top_p_draws_in_the_proportions_of_what_it_keeps() {
        // given: probabilities 0.4, 0.3, 0.2, 0.1, of which the first two reach 0.7 and the first three 0.75
        float[] logits = {(float) Math.log(0.2), (float) Math.log(0.4), (float) Math.log(0.1), (float) Math.log(0.3)};
        Sampling sampling = new Sampling(1, 0, 0.75, 11);
        int draws = 20_000;

        // when
        long[] counts = new long[logits.length];
        IntStream.range(0, draws).forEach(i -> counts[sampling.choose(logits, i)]++);

        // then
        assertThat(counts[2]).isZero();
        assertThat(counts[1] / (double) draws).isCloseTo(0.4 / 0.9, within(0.01));
        assertThat(counts[3] / (double) draws).isCloseTo(0.3 / 0.9, within(0.01));
    }

    @Test
    void of_equal_tokens_top_k_keeps_the_lower_ids() {
        Sampling two = new Sampling(1, 2, 1, 3);
        assertThat(IntStream.range(0, 200).map(i -> two.choose(new float[] {1f, 1f, 1f, 1f}, i)))
                .containsOnly(0, 1);
    }

    @Test
    void a_token_that_cannot_follow_is_never_drawn() {
        float[] logits = {Float.NEGATIVE_INFINITY, 1f, Float.NEGATIVE_INFINITY};
        assertThat(TokenChoice.greedy().choose(logits, 0)).isEqualTo(1);
        assertThat(IntStream.range(0, 100).map(i -> new Sampling(1, 0, 1, 3).choose(logits, i)))
                .containsOnly(1);
    }

    @Test
    void logits_that_are_no_numbers_are_refused_with_the_token() {
        for (TokenChoice choice : List.of(TokenChoice.greedy(), new Sampling(1, 0, 1, 0), new Sampling(1, 2, 0.9, 0))) {
            assertThatThrownBy(() -> choice.choose(new float[] {0f, 1f, Float.NaN}, 0))
                    .isInstanceOf(GraftException.class)
                    .hasMessageContaining("[E_NONFINITE] the logit of token 2 is NaN");
            assertThatThrownBy(() -> choice.choose(new float[] {0f, Float.POSITIVE_INFINITY}, 0))
                    .hasMessageContaining("token 1 is Infinity");
            assertThatThrownBy(() -> choice.choose(new float[] {Float.NEGATIVE_INFINITY}, 0))
                    .hasMessageContaining("no token has a finite logit");
        }
    }

    @Test
    void settings_out_of_range_are_named() {
        assertThatThrownBy(() -> new Sampling(Double.NaN, 0, 1, 0)).hasMessageContaining("temperature NaN");
        assertThatThrownBy(() -> new Sampling(Double.POSITIVE_INFINITY, 0, 1, 0))
                .hasMessageContaining("temperature Infinity");
        assertThatThrownBy(() -> new Sampling(-1, 0, 1, 0)).hasMessageContaining("temperature -1.0");
        assertThatThrownBy(() -> new Sampling(1, -2, 1, 0)).hasMessageContaining("top-k -2");
        assertThatThrownBy(() -> new Sampling(1, 0, 1.5, 0)).hasMessageContaining("top-p 1.5");
    }

    private static int[] tokens(long seed) {
        Sampling sampling = new Sampling(1, 0, 1, seed);
        return IntStream.range(0, 50).map(i -> sampling.choose(LOGITS, i)).toArray();
    }
}
