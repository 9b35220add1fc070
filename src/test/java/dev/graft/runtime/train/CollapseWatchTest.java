package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.runtime.train.Metrics.Collapse;
import dev.graft.runtime.train.Metrics.GroupLoad;
import dev.graft.runtime.train.Metrics.LayerLoad;
import dev.graft.runtime.train.Metrics.StepMetrics;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CollapseWatchTest {
    private static final List<Double> EVEN = List.of(0.25, 0.25, 0.25, 0.25);
    private static final List<Double> LOST = List.of(0.5, 0.0, 0.25, 0.25);

    @Test
    void an_expert_without_tokens_is_told_once_after_so_many_steps_in_a_row() {
        CollapseWatch watch = new CollapseWatch(3, Map.of());

        assertThat(watch.after(step(1, LOST, EVEN, 0))).isEmpty();
        assertThat(watch.after(step(2, LOST, EVEN, 0))).isEmpty();
        assertThat(watch.after(step(3, LOST, EVEN, 0)))
                .containsExactly(new Collapse(3, 7, "q_proj", 3, List.of("expert_1"), List.of()));
        assertThat(watch.after(step(4, LOST, EVEN, 0))).isEmpty();
        assertThat(watch.after(step(5, LOST, EVEN, 0))).isEmpty();
    }

    @Test
    void a_token_in_between_starts_the_count_again() {
        CollapseWatch watch = new CollapseWatch(2, Map.of());

        assertThat(watch.after(step(1, LOST, EVEN, 0))).isEmpty();
        assertThat(watch.after(step(2, EVEN, EVEN, 0))).isEmpty();
        assertThat(watch.after(step(3, LOST, EVEN, 0))).isEmpty();
        assertThat(watch.after(step(4, LOST, EVEN, 0))).hasSize(1);
    }

    @Test
    void a_resumed_run_goes_on_counting() {
        CollapseWatch before = new CollapseWatch(2, Map.of());
        assertThat(before.after(step(1, LOST, EVEN, 0))).isEmpty();

        assertThat(new CollapseWatch(2, before.streaks()).after(step(2, LOST, EVEN, 0)))
                .hasSize(1);
    }

    @Test
    void an_expert_that_nearly_every_token_selects() {
        assertThat(once(List.of(0.96, 0.01, 0.01, 0.02), EVEN, 0).nearlyAll()).containsExactly("expert_0");
        // top-2 of 8: one that is always selected leaves the other place to all others
        assertThat(once(List.of(1.0, 0.1, 0.1, 0.2, 0.1, 0.1, 0.2, 0.2), EVEN, 0)
                        .nearlyAll())
                .containsExactly("expert_0");
    }

    @Test
    void one_that_is_always_among_three_of_four_is_nothing_special() {
        CollapseWatch watch = new CollapseWatch(1, Map.of());
        assertThat(watch.after(step(1, List.of(1.0, 0.5, 0.5, 1.0), EVEN, 0))).isEmpty();
    }

    @Test
    void null_experts_stand_for_one_another_but_not_for_all_true_ones() {
        CollapseWatch watch = new CollapseWatch(1, Map.of());
        // three of 2 true and 6 null experts: every token passes over two of them at the same null
        assertThat(watch.after(step(1, List.of(0.5, 0.5, 1.0, 0.0, 0.5, 0.5, 0.0, 0.0), EVEN, 6)))
                .isEmpty();
        Collapse all = once(List.of(0.01, 0.01, 0.98, 0.0), EVEN, 2);
        assertThat(all.nearlyAll()).containsExactly("null_0");
        assertThat(all.withoutTokens()).isEmpty();
    }

    @Test
    void a_soft_router_is_judged_by_its_probabilities() {
        List<Double> all = List.of(1.0, 1.0, 1.0, 1.0);
        CollapseWatch watch = new CollapseWatch(1, Map.of());

        assertThat(watch.after(step(1, all, List.of(0.7, 0.1, 0.1, 0.1), 0))).isEmpty();
        Collapse collapsed = once(all, List.of(0.96, 0.02, 0.018, 0.002), 0);
        assertThat(collapsed.nearlyAll()).containsExactly("expert_0");
        assertThat(collapsed.withoutTokens()).containsExactly("expert_3");
        assertThat(Collapse.words(List.of(collapsed)))
                .isEqualTo("router collapsed: layer 7, q_proj: for 1 steps no tokens for expert_3; nearly all for"
                        + " expert_0");
        assertThat(Collapse.words(List.of(collapsed, collapsed)))
                .isEqualTo(
                        "2 routers collapsed (all in metrics.jsonl), the first: layer 7, q_proj: for 1 steps no tokens"
                                + " for expert_3; nearly all for expert_0");
    }

    @Test
    void none_is_looked_for_after_zero_steps_and_none_in_a_router_of_one() {
        assertThat(new CollapseWatch(0, Map.of()).after(step(1, LOST, EVEN, 0))).isEmpty();
        assertThat(new CollapseWatch(1, Map.of()).after(step(1, List.of(1.0), List.of(1.0), 0)))
                .isEmpty();
    }

    private static Collapse once(List<Double> share, List<Double> probability, int nulls) {
        List<Collapse> found = new CollapseWatch(1, Map.of()).after(step(1, share, probability, nulls));
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private static StepMetrics step(long step, List<Double> share, List<Double> probability, int nulls) {
        GroupLoad group = new GroupLoad(
                "q", List.of("q_proj"), nulls, List.of(1.0), List.of(share), List.of(probability), List.of(0.5));
        return new StepMetrics(
                step,
                0,
                1.0,
                null,
                1e-3,
                1.0,
                100,
                1,
                100,
                1.0,
                false,
                null,
                List.of(new LayerLoad(7, 1, List.of(group))));
    }
}
