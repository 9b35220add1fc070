package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.graft.dsl.Graft;
import dev.graft.dsl.Schedule;
import java.util.List;
import org.junit.jupiter.api.Test;

class BalanceLossTest {
    @Test
    void a_coefficient_by_epoch_keeps_its_last_value() {
        Schedule schedule = Graft.anneal(2e-2, 1e-4);

        assertThat(at(1, 0, schedule)).isEqualTo(2e-2);
        assertThat(at(50, 1, schedule)).isEqualTo(1e-4);
        assertThat(at(99, 7, schedule)).isEqualTo(1e-4);
    }

    @Test
    void a_coefficient_over_the_run_goes_from_the_first_step_to_the_last_in_equal_differences() {
        Schedule schedule = Graft.overRun(1.0, 0.0);

        assertThat(at(1, 0, schedule)).isEqualTo(1.0);
        assertThat(at(34, 0, schedule)).isCloseTo(1 - 33.0 / 99, within(1e-12));
        assertThat(at(100, 0, schedule)).isEqualTo(0.0);
    }

    private static double at(long step, long epoch, Schedule schedule) {
        return new BalanceLoss(100).coefficient(schedule, new Step(step, epoch, 1e-3, List.of()));
    }
}
