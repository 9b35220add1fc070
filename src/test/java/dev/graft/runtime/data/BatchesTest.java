package dev.graft.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchesTest {
    @Test
    void file_order_repeats_itself_and_keeps_the_short_batch_at_the_end_of_an_epoch() {
        Batches batches = Batches.inFileOrder(examples(5), 2);

        assertThat(batches.stepsPerEpoch()).isEqualTo(3);
        assertThat(numbers(batches, 7))
                .containsExactly(
                        List.of(0, 1),
                        List.of(2, 3),
                        List.of(4),
                        List.of(0, 1),
                        List.of(2, 3),
                        List.of(4),
                        List.of(0, 1));
        assertThat(batches.cursor()).isEqualTo(new Cursor(2, 2));
    }

    /** Orders computed with a Python implementation of SplitMix64. */
    @Test
    void the_shuffled_order_is_a_function_of_seed_and_epoch() {
        Batches seed7 = Batches.shuffled(examples(10), 10, 7);
        Batches seed8 = Batches.shuffled(examples(10), 10, 8);

        assertThat(numbers(seed7, 2))
                .containsExactly(List.of(8, 4, 5, 2, 0, 3, 9, 1, 6, 7), List.of(1, 6, 8, 3, 5, 7, 9, 4, 2, 0));
        assertThat(numbers(seed8, 1)).containsExactly(List.of(1, 2, 8, 7, 6, 9, 4, 3, 0, 5));
    }

    @Test
    void a_resumed_run_goes_on_exactly_where_it_was() {
        Batches whole = Batches.shuffled(examples(11), 3, 99);
        Batches resumed = Batches.shuffled(examples(11), 3, 99);

        for (int step = 0; step < 12; step++) {
            Cursor cursor = whole.cursor();
            List<Example> expected = whole.next();
            resumed.seek(cursor);
            assertThat(resumed.next()).isEqualTo(expected);
            assertThat(resumed.cursor()).isEqualTo(whole.cursor());
        }
    }

    @Test
    void a_cursor_of_other_data_is_refused() {
        Batches batches = Batches.inFileOrder(examples(5), 2);

        assertThatThrownBy(() -> batches.seek(new Cursor(0, 5))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Batches.inFileOrder(List.of(), 2)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_batch_is_split_by_examples() {
        assertThat(Batches.split(examples(5), 2, 0)).extracting(List::size).containsExactly(2, 2, 1);
    }

    @Test
    void a_batch_is_split_by_tokens_and_a_larger_example_stands_alone() {
        List<Example> batch = List.of(ofLength(4), ofLength(5), ofLength(30), ofLength(2), ofLength(7), ofLength(1));

        List<List<Example>> parts = Batches.split(batch, 100, 10);

        assertThat(parts)
                .containsExactly(
                        List.of(ofLength(4), ofLength(5)),
                        List.of(ofLength(30)),
                        List.of(ofLength(2), ofLength(7), ofLength(1)));
    }

    private static List<List<Integer>> numbers(Batches batches, int steps) {
        List<List<Integer>> numbers = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            numbers.add(batches.next().stream().map(example -> example.ids()[0]).toList());
        }
        return numbers;
    }

    private static List<Example> examples(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Example(new int[] {i, 0}, 1))
                .toList();
    }

    private static Example ofLength(int length) {
        return new Example(new int[length], 1);
    }
}
