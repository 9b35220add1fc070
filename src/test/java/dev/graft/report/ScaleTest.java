package dev.graft.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScaleTest {

    @Test
    void ends_of_a_rounded_scale_are_ticks_around_the_values() {
        Scale scale = Scale.rounded(Stream.of(4.52, 5.39), 100, 0);

        assertThat(scale.ticks()).containsExactly(4.4, 4.6, 4.8, 5.0, 5.2, 5.4);
        assertThat(scale.at(4.4)).isEqualTo(100);
        assertThat(scale.at(5.4)).isEqualTo(0);
        assertThat(scale.at(4.9)).isEqualTo(50, org.assertj.core.data.Offset.offset(1e-9));
    }

    @Test
    void an_exact_scale_has_only_ticks_within_the_values() {
        Scale scale = Scale.exact(Stream.of(1.0, 130.0), 0, 640);

        assertThat(scale.at(1)).isZero();
        assertThat(scale.at(130)).isEqualTo(640);
        assertThat(scale.ticks()).containsExactly(50.0, 100.0);
    }

    @Test
    void labels_have_as_many_decimals_as_the_step_needs() {
        Scale rates = Scale.rounded(Stream.of(0.0, 0.002), 0, 1);
        Scale losses = Scale.rounded(Stream.of(4.5, 5.0), 0, 1);

        assertThat(rates.ticks().stream().map(rates::label))
                .containsExactly("0", "0.0005", "0.0010", "0.0015", "0.0020");
        assertThat(losses.ticks().stream().map(losses::label))
                .isEqualTo(List.of("4.5", "4.6", "4.7", "4.8", "4.9", "5.0"));
    }

    @Test
    void equal_values_still_have_a_scale() {
        assertThat(Scale.rounded(Stream.of(2.0, 2.0), 0, 1).ticks()).hasSizeGreaterThan(1);
        assertThat(Scale.rounded(Stream.of(0.0), 0, 1).ticks()).hasSizeGreaterThan(1);
        assertThat(Scale.rounded(Stream.of(), 0, 1).at(0.5)).isEqualTo(0.5);
    }
}
