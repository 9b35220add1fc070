package dev.graft.issue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNamesTest {
    @Test
    void the_closest_come_first_and_the_far_ones_not_at_all() {
        assertThat(NearestNames.of("q_prj", List.of("down_proj", "k_proj", "q_proj", "norm", "qproj")))
                .containsExactly("q_proj", "k_proj", "qproj");
    }

    @Test
    void at_most_three_are_named() {
        assertThat(NearestNames.of("layer9", List.of("layer0", "layer1", "layer2", "layer3")))
                .containsExactly("layer0", "layer1", "layer2");
    }

    @Test
    void nothing_like_it_gives_nothing() {
        assertThat(NearestNames.of("router", List.of("embed_tokens", "x"))).isEmpty();
    }
}
