package dev.graft.runtime.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class StopTextTest {

    @Test
    void the_text_ends_before_a_stop_string_inside_a_piece() {
        StopText text = new StopText(List.of("\nQ:"));
        assertThat(text.accept("tin is a metal.\nQ: and")).isEqualTo("tin is a metal.");
        assertThat(text.reached()).isTrue();
        assertThat(text.accept(" more")).isEmpty();
        assertThat(text.finish()).isEmpty();
    }

    @Test
    void a_stop_string_may_be_spread_over_pieces() {
        StopText text = new StopText(List.of("END"));
        assertThat(text.accept("one E")).isEqualTo("one ");
        assertThat(text.accept("N")).isEmpty();
        assertThat(text.reached()).isFalse();
        assertThat(text.accept("D two")).isEmpty();
        assertThat(text.reached()).isTrue();
    }

    @Test
    void what_only_looked_like_a_beginning_comes_later() {
        StopText text = new StopText(List.of("END"));
        assertThat(text.accept("EEN")).isEqualTo("E");
        assertThat(text.accept("EX")).isEqualTo("ENEX");
        assertThat(text.accept("E")).isEmpty();
        assertThat(text.finish()).isEqualTo("E");
    }

    @Test
    void the_first_of_several_in_the_text_counts() {
        StopText text = new StopText(List.of("long stop", "stop"));
        assertThat(text.accept("a stop, a long stop")).isEqualTo("a ");
    }

    @Test
    void without_stop_strings_every_piece_passes() {
        assertThat(new StopText(List.of()).accept("any\ntext")).isEqualTo("any\ntext");
    }

    @Test
    void an_empty_stop_string_is_refused() {
        assertThatThrownBy(() -> new StopText(List.of(""))).hasMessageContaining("[E_PARAM]");
    }
}
