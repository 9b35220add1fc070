package dev.graft.runtime.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RandomKeyTest {
    @Test
    void gives_the_published_numbers_of_split_mix_64() {
        RandomKey key = RandomKey.of(1234567);

        long[] numbers = LongStream.range(0, 5).map(key::bits).toArray();

        assertThat(numbers)
                .containsExactly(
                        6457827717110365317L,
                        3203168211198807973L,
                        Long.parseUnsignedLong("9817491932198370423"),
                        4593380528125082431L,
                        Long.parseUnsignedLong("16408922859458223821"));
    }

    @Test
    void a_number_depends_on_its_counter_only_not_on_the_order_of_asking() {
        RandomKey key = RandomKey.of(3).with(4);

        long later = key.bits(1000);

        assertThat(key.bits(0)).isNotEqualTo(later);
        assertThat(RandomKey.of(3).with(4).bits(1000)).isEqualTo(later);
    }

    @Test
    void parts_and_their_order_tell_keys_apart() {
        RandomKey key = RandomKey.of(3);

        assertThat(LongStream.range(-500, 500)
                        .mapToObj(key::with)
                        .map(RandomKey::value)
                        .distinct())
                .hasSize(1000);
        assertThat(key.with(1).with(2)).isNotEqualTo(key.with(2).with(1));
    }

    @Test
    void uniform_numbers_fill_the_unit_interval_evenly() {
        RandomKey key = RandomKey.of(42);
        int[] tenths = new int[10];

        double sum = 0;
        for (int i = 0; i < 100_000; i++) {
            double number = key.uniform(i);
            tenths[(int) (10 * number)]++;
            sum += number;
        }

        // A tenth holds 10,000 ± 95 numbers (one standard deviation); their mean is 0.5 ± 0.0009.
        assertThat(IntStream.of(tenths).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(9500, 10500));
        assertThat(sum / 100_000).isCloseTo(0.5, within(0.005));
    }
}
