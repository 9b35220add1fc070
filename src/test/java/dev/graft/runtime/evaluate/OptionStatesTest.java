package dev.graft.runtime.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.runtime.data.Example;
import java.util.List;
import org.junit.jupiter.api.Test;

class OptionStatesTest {
    @Test
    void options_that_differ_in_their_last_token_only_are_one_sequence() {
        // given prompt 7 8, options 1 2, 1 3 and 1 2 4
        Example first = new Example(new int[] {7, 8, 1, 2}, 2);
        Example second = new Example(new int[] {7, 8, 1, 3}, 2);
        Example longer = new Example(new int[] {7, 8, 1, 2, 4}, 2);

        // when
        OptionStates states = OptionStates.of(List.of(first, second, longer));

        // then each token is predicted by the state of the token before it
        assertThat(states.sequences()).containsExactly(first, longer);
        assertThat(states.states()).containsExactly(1, 2, 1, 2, 5, 6, 7);
        assertThat(states.labels()).containsExactly(1, 2, 1, 3, 1, 2, 4);
    }

    @Test
    void options_behind_different_sources_share_nothing() {
        Example first = Example.of(new int[] {5}, 0, new int[] {1});
        Example second = Example.of(new int[] {6}, 0, new int[] {2});

        assertThat(OptionStates.of(List.of(first, second)).sequences()).hasSize(2);
        assertThat(OptionStates.of(List.of(first, Example.of(new int[] {5}, 0, new int[] {2})))
                        .sequences())
                .hasSize(1);
    }
}
