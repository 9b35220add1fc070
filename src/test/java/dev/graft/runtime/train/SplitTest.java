package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.runtime.data.Example;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SplitTest {

    private static List<Example> examples(int... lengths) {
        return Arrays.stream(lengths)
                .mapToObj(length -> new Example(new int[length], 1))
                .toList();
    }

    private static List<Integer> tokens(List<Split.Part> parts) {
        return parts.stream()
                .map(part -> part.examples().stream().mapToInt(Example::length).sum())
                .toList();
    }

    private static List<List<Long>> numbers(List<Split.Part> parts) {
        return parts.stream().map(Split.Part::numbers).toList();
    }

    @Test
    void the_longest_example_goes_to_the_part_with_the_fewest_tokens() {
        List<Split.Part> parts = new Split(2).of(examples(40, 90, 60, 70), 0);

        assertThat(numbers(parts)).containsExactly(List.of(0L, 1L), List.of(2L, 3L));
        assertThat(tokens(parts)).containsExactly(130, 130);
    }

    @Test
    void every_example_is_in_one_part_under_its_number_in_the_step() {
        List<Example> examples = examples(66, 84, 58, 92, 75, 61, 80, 68, 66);

        List<Split.Part> parts = new Split(3).of(examples, 16);

        assertThat(numbers(parts).stream().flatMap(List::stream))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(16, 25).mapToObj(Long::valueOf).toList());
        assertThat(parts).hasSize(3).allSatisfy(part -> {
            assertThat(part.numbers()).isSorted();
            assertThat(part.examples())
                    .isEqualTo(part.numbers().stream()
                            .map(number -> examples.get(Math.toIntExact(number - 16)))
                            .toList());
        });
    }

    @Test
    void equal_lengths_are_shared_out_from_the_first_on() {
        assertThat(numbers(new Split(2).of(examples(50, 50, 50, 50), 0)))
                .containsExactly(List.of(0L, 2L), List.of(1L, 3L));
    }

    @Test
    void what_cannot_be_balanced_stays_whole() {
        assertThat(numbers(new Split(2).of(examples(50, 50, 50), 4))).containsExactly(List.of(4L, 5L, 6L));
        assertThat(numbers(new Split(2).of(examples(90), 0))).containsExactly(List.of(0L));
    }

    @Test
    void a_few_tokens_stay_together() {
        assertThat(new Split(2).of(examples(16, 16, 15, 15), 0)).hasSize(1);
        assertThat(new Split(2).of(examples(16, 16, 16, 16), 0)).hasSize(2);
    }

    @Test
    void one_part_is_the_whole() {
        assertThat(numbers(new Split(1).of(examples(90, 10, 50), 0))).containsExactly(List.of(0L, 1L, 2L));
    }
}
