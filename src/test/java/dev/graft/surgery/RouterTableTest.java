package dev.graft.surgery;

import static dev.graft.dsl.Graft.*;
import static dev.graft.surgery.Site.Signal.BALANCE_LOSS_ONLY;
import static dev.graft.surgery.Site.Signal.LM_LOSS;
import static dev.graft.surgery.Site.Signal.NOTHING_TO_LEARN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.graft.dsl.Adapter;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Experts;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.ScaleSource;
import dev.graft.dsl.Stack;
import dev.graft.surgery.Site.Identity;
import dev.graft.surgery.Site.RouterLearning;
import dev.graft.surgery.Site.Signal;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the plan says of routers, case by case, from the algebra of the methods. */
class RouterTableTest {
    private static final SiteKey KEY = new SiteKey(Stack.DECODER, 0, BlockKind.FFN, Role.UP);
    private static final Router ADAMOE = topK(4).nullExperts(5);

    static Stream<Arguments> learning() {
        return Stream.of(
                // soft: every probability weighs an output
                learns(4, soft(), LM_LOSS, NOTHING_TO_LEARN),
                // not renormalised: the full softmax couples every row, null rows too
                learns(4, topK(1), LM_LOSS, NOTHING_TO_LEARN),
                learns(4, ADAMOE.normalise(Normalisation.NONE), LM_LOSS, LM_LOSS),
                // renormalised over the selected: a ratio of two or more, but 1 for one
                learns(4, topK(2).normalise(Normalisation.SELECTED), LM_LOSS, NOTHING_TO_LEARN),
                learns(4, topK(1).normalise(Normalisation.SELECTED), NOTHING_TO_LEARN, NOTHING_TO_LEARN),
                learns(4, ADAMOE.normalise(Normalisation.SELECTED), LM_LOSS, LM_LOSS),
                // AdaMoE: zero nulls cancel out
                learns(4, ADAMOE, LM_LOSS, NOTHING_TO_LEARN),
                learns(4, ADAMOE.balance(constant(0.01)), LM_LOSS, BALANCE_LOSS_ONLY),
                learns(4, ADAMOE.balance(constant(0)), LM_LOSS, NOTHING_TO_LEARN),
                learns(4, ADAMOE.balance(anneal(0.0, 1e-4)), LM_LOSS, BALANCE_LOSS_ONLY),
                learns(4, ADAMOE.balance(overRun(0, 1e-4)), LM_LOSS, BALANCE_LOSS_ONLY),
                learns(4, topK(1).nullExperts(5).balance(constant(0.01)), BALANCE_LOSS_ONLY, BALANCE_LOSS_ONLY),
                learns(1, topK(2).nullExperts(5).balance(constant(0.01)), BALANCE_LOSS_ONLY, BALANCE_LOSS_ONLY),
                // the baselines of AdaMoE's paper: m = 0 with k = 1 and k = 2
                learns(4, topK(1).nullExperts(0).balance(constant(0.01)), BALANCE_LOSS_ONLY, NOTHING_TO_LEARN),
                learns(4, topK(2).nullExperts(0).balance(constant(0.01)), LM_LOSS, NOTHING_TO_LEARN),
                // identity nulls: their raw share depends on all logits, their share of the selected on two or more
                learns(4, topK(1).identityNulls(5), LM_LOSS, LM_LOSS),
                learns(4, topK(4).identityNulls(5), LM_LOSS, LM_LOSS),
                learns(
                        4,
                        topK(1).nullExperts(identity(NullExperts.Share.OF_SELECTED)),
                        NOTHING_TO_LEARN,
                        NOTHING_TO_LEARN),
                learns(4, topK(2).nullExperts(identity(NullExperts.Share.OF_SELECTED)), LM_LOSS, LM_LOSS),
                // top-p: one expert where the threshold is below the largest possible minimum, 1/n
                learns(4, topP(0.6).normalise(Normalisation.SELECTED), LM_LOSS, NOTHING_TO_LEARN),
                learns(4, topP(0.25).normalise(Normalisation.SELECTED), NOTHING_TO_LEARN, NOTHING_TO_LEARN),
                // one row: its probability is 1
                learns(1, soft(), NOTHING_TO_LEARN, NOTHING_TO_LEARN),
                // with all selected the balance loss is constant
                learns(4, topK(9).nullExperts(5).balance(constant(0.01)), LM_LOSS, NOTHING_TO_LEARN),
                // PERFT-R as published for OLMoE: scaled by the host's weights
                learns(4, topK(2).scale(ScaleSource.HOST), NOTHING_TO_LEARN, NOTHING_TO_LEARN),
                learns(
                        4,
                        topK(2).scale(ScaleSource.HOST).balance(constant(0.01)),
                        BALANCE_LOSS_ONLY,
                        NOTHING_TO_LEARN));
    }

    @ParameterizedTest
    @MethodSource("learning")
    void rows_learn_from_the_loss_that_reaches_them(int experts, Router router, Signal trueRows, Signal nullRows) {
        assertThat(Learning.of(new Routing(experts, router))).isEqualTo(new RouterLearning(trueRows, nullRows));
    }

    static Stream<Arguments> starts() {
        Adapter zero = new Adapter.Lora(2, 4, Adapter.Lora.Init.NORMAL, 0);
        Adapter nearZero = new Adapter.Lora(2, 4, Adapter.Lora.Init.NEAR_ZERO, 0);
        Adapter vectors = new Adapter.Ia3();
        return Stream.of(
                starts(Identity.EXACT, zero, null),
                starts(Identity.EXACT, zero, soft()),
                starts(Identity.EXACT, zero, ADAMOE),
                starts(Identity.NO, zero, topK(4).identityNulls(5)),
                starts(Identity.NO, nearZero, null),
                starts(Identity.NO, nearZero, soft()),
                starts(Identity.EXACT, vectors, null),
                starts(Identity.ROUNDING, vectors, soft()),
                starts(Identity.ROUNDING, vectors, topK(4)),
                starts(Identity.ROUNDING, vectors, topK(2).normalise(Normalisation.SELECTED)),
                starts(Identity.NO, vectors, topK(2)),
                starts(Identity.NO, vectors, topP(0.6)),
                starts(Identity.ROUNDING, vectors, topP(0.6).normalise(Normalisation.SELECTED)));
    }

    @ParameterizedTest
    @MethodSource("starts")
    void untrained_site_is_as_close_to_the_base_as_its_start_makes_it(
            Identity identity, Adapter adapter, Optional<Router> router) {
        assertThat(Fate.start(new Experts(router.isPresent() ? 4 : 1, adapter), router)
                        .identity())
                .isEqualTo(identity);
    }

    @Test
    void plain_adapters_merge_and_mixtures_do_not() {
        Adapter lora = new Adapter.Lora(2, 4, Adapter.Lora.Init.NORMAL, 0);

        assertThat(Fate.merging(KEY, new Experts(1, lora), Optional.empty()).possible())
                .isTrue();
        assertThat(Fate.merging(KEY, new Experts(1, new Adapter.Ia3()), Optional.empty())
                        .possible())
                .isTrue();
        assertThat(Fate.merging(KEY, new Experts(4, lora), Optional.of(soft())).possible())
                .isFalse();
    }

    /** Balanced load k·n/(n+m), as published. */
    @ParameterizedTest
    @CsvSource({"4, 5, 4, 1.78, 4", "4, 7, 4, 1.45, 4", "4, 9, 4, 1.23, 4", "8, 8, 3, 1.50, 3", "2, 8, 4, 0.8, 2"})
    void load_of_top_k(int n, int m, int k, double balanced, int worst) {
        Routing routing = new Routing(n, topK(k).nullExperts(m));

        assertThat(routing.balancedLoad()).isEqualTo(balanced, within(0.005));
        assertThat(routing.worstLoad()).isEqualTo(worst);
    }

    @Test
    void load_of_soft_and_top_p() {
        assertThat(new Routing(5, soft()).balancedLoad()).isEqualTo(5);
        // At equal probabilities of 0.2, three experts reach 0.6; 0.1 · 6 = 0.6 rounds above it in binary.
        assertThat(new Routing(5, topP(0.6)).balancedLoad()).isEqualTo(3);
        assertThat(new Routing(10, topP(0.6)).balancedLoad()).isEqualTo(6);
        assertThat(new Routing(5, topP(0.6)).worstLoad()).isEqualTo(5);
        assertThat(new Routing(4, topP(0.5).nullExperts(4)).balancedLoad()).isEqualTo(2);
    }

    private static NullExperts identity(NullExperts.Share share) {
        return new NullExperts(5, NullExperts.Kind.IDENTITY, share);
    }

    private static Arguments learns(int experts, Router router, Signal trueRows, Signal nullRows) {
        return Arguments.of(experts, router, trueRows, nullRows);
    }

    private static Arguments starts(
            Identity identity, Adapter adapter, @org.jspecify.annotations.Nullable Router router) {
        return Arguments.of(identity, adapter, Optional.ofNullable(router));
    }
}
