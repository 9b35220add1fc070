package dev.graft.runtime.engine;

import static dev.graft.runtime.engine.ElementType.BF16;
import static dev.graft.runtime.engine.ElementType.FP32;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Graft;
import dev.graft.dsl.Merge;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.NullExperts.Kind;
import dev.graft.dsl.NullExperts.Share;
import dev.graft.dsl.Router;
import dev.graft.runtime.random.RandomKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the golden cases do not say: several sites in a group, sentence routing in generation, exactness. */
class MixturesTest {
    private static final int TOKENS = 6;
    private static final int WIDTH = 5;
    private static final int SITES = 3;
    private static final int EXPERTS = 4;
    private static final int RANK = 2;
    private static final Router ADAMOE = Graft.topK(4).nullExperts(5);
    private static final Adapter.Lora LORA = new Adapter.Lora(RANK, 2 * RANK, Adapter.Lora.Init.NORMAL, 0);
    private static final Dropout NEARLY_NONE = new Dropout(1e-9, RandomKey.of(1));

    @RegisterExtension
    private final Torch torch = new Torch();

    private final double[][] x = Plain.random(1, TOKENS, WIDTH);
    private final double[][] router = Plain.random(2, SITES * 9, WIDTH);
    private final double[][] a = Plain.random(3, SITES * EXPERTS * RANK, WIDTH);

    private Rows rows(Segment... segments) {
        return Rows.of(torch.ops(), List.of(segments));
    }

    @Test
    void a_group_of_sites_gives_what_each_site_gives_alone() {
        // given
        Rows rows = rows(Segment.of(TOKENS));
        Mixtures mixtures = torch.ops().mixtures();
        // when
        RouterDecision together = mixtures.route(torch.upload(x), torch.upload(router), SITES, ADAMOE, rows);
        LoraHidden hidden = mixtures.loraHidden(
                torch.upload(x), torch.upload(a), together.gates(), SITES, 2, Merge.OUTPUTS, Dropout.NONE, rows);
        // then
        int width = EXPERTS * RANK;
        for (int site = 0; site < SITES; site++) {
            RouterDecision alone = mixtures.route(
                    torch.upload(x),
                    torch.upload(Arrays.copyOfRange(router, site * 9, (site + 1) * 9)),
                    1,
                    ADAMOE,
                    rows);
            LoraHidden own = mixtures.loraHidden(
                    torch.upload(x),
                    torch.upload(Arrays.copyOfRange(a, site * width, (site + 1) * width)),
                    alone.gates(),
                    1,
                    2,
                    Merge.OUTPUTS,
                    Dropout.NONE,
                    rows);
            double[][] expected = new double[TOKENS][width];
            float[] numbers = torch.ops().floats(own.state());
            for (int i = 0; i < numbers.length; i++) {
                expected[i / width][i % width] = numbers[i];
            }
            torch.assertClose(torch.ops().narrow(hidden.state(), 1, (long) site * width, width), expected, 1e-6);
            assertThat(torch.ops().floats(torch.ops().narrow(together.load(), 1, site, 1)))
                    .isEqualTo(torch.ops().floats(alone.load()));
        }
    }

    /** Goldens hold the joint product; here it is held against the two that dropout needs, in both precisions. */
    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FP32", "BF16"})
    void one_product_for_routers_and_experts_gives_what_two_give(ElementType type) {
        Ops ops = torch.recording();
        double tolerance = type == FP32 ? 1e-6 : 2e-2;
        Rows rows = rows(Segment.of(TOKENS));
        NDArray cotangent = ops.cast(torch.upload(Plain.random(6, TOKENS, SITES * EXPERTS * RANK)), type);
        List<List<NDArray>> leaves = new ArrayList<>();
        List<NDArray> outputs = new ArrayList<>();
        List<NDArray> logits = new ArrayList<>();
        for (Dropout dropout : List.of(Dropout.NONE, NEARLY_NONE)) {
            NDArray input = ops.autograd().leaf(ops.cast(torch.upload(x), type));
            NDArray factors = ops.autograd().leaf(torch.upload(Plain.below(a, router)));
            LoraMixture mixture = ops.mixtures().loraMixture(input, factors, SITES, ADAMOE, LORA, dropout, rows);
            NDArray h = mixture.hidden().state();
            ops.autograd().backward(List.of(h), List.of(cotangent));
            logits.add(Objects.requireNonNull(mixture.decision().logits()));
            outputs.add(h);
            leaves.add(List.of(input, factors));
        }
        assertThat(ops.floats(logits.get(0)))
                .usingComparatorWithPrecision(type == FP32 ? 1e-6f : 0f)
                .containsExactly(ops.floats(logits.get(1)));
        assertNear(ops.floats(outputs.get(0)), ops.floats(outputs.get(1)), tolerance);
        for (int i = 0; i < 2; i++) {
            assertNear(
                    ops.floats(ops.autograd().gradient(leaves.get(0).get(i))),
                    ops.floats(ops.autograd().gradient(leaves.get(1).get(i))),
                    tolerance);
        }
    }

    /** Generation asks for the gates alone, and Java decides; the rules differ in how they select, normalise and share. */
    @ParameterizedTest
    @MethodSource
    void generation_has_the_gates_of_training(Router rule) {
        // given: logits of which some are equal
        Ops ops = torch.ops();
        int experts = EXPERTS + rule.nulls().count();
        double[][] rowsOfRouter = Arrays.copyOf(router, experts);
        rowsOfRouter[1] = rowsOfRouter[0];
        rowsOfRouter[experts - 1] = rowsOfRouter[2];
        NDArray logits = ops.mixtures().logits(torch.upload(x), torch.upload(rowsOfRouter), 1);
        // when
        Gates training = ops.mixtures().mix(logits, 1, rule).gates();
        Gates generation = ops.mixtures().gates(logits, rule);
        // then
        assertNear(ops.floats(generation.weights()), ops.floats(training.weights()), 1e-6);
        assertShares(generation.share(), training.share());
    }

    /** It weighs the experts' products too. */
    @ParameterizedTest
    @MethodSource("generation_has_the_gates_of_training")
    void generation_has_the_hidden_state_of_training(Router rule) {
        Ops ops = torch.ops();
        int experts = EXPERTS + rule.nulls().count();
        NDArray input = torch.upload(x);
        NDArray factors = torch.upload(Plain.below(a, Arrays.copyOf(router, SITES * experts)));
        for (Merge merge : Merge.values()) {
            // when
            Router each = rule.merge(merge);
            LoraHidden training = ops.mixtures()
                    .loraMixture(input, factors, SITES, each, LORA, Dropout.NONE, rows(Segment.of(TOKENS)))
                    .hidden();
            LoraHidden generation =
                    ops.mixtures().loraHidden(input, factors, SITES, each, LORA, rows(Segment.of(TOKENS)));
            // then
            int width = SITES * EXPERTS * RANK;
            assertNear(ops.floats(ops.narrow(generation.state(), 1, 0, width)), ops.floats(training.state()), 1e-6);
            assertShares(generation.share(), training.share());
        }
    }

    private void assertShares(@Nullable NDArray actual, @Nullable NDArray expected) {
        assertThat(actual == null).isEqualTo(expected == null);
        if (actual != null && expected != null) {
            assertNear(torch.ops().floats(actual), torch.ops().floats(expected), 1e-6);
        }
    }

    @Test
    void a_decision_leaves_the_logits_as_they_are() {
        // given: logits that are a part of another tensor
        Ops ops = torch.ops();
        NDArray all = ops.mixtures().logits(torch.upload(x), torch.upload(router), SITES); // [T, S, n+m]
        NDArray some = ops.narrow(all, 0, 2, 2);
        float[] before = ops.floats(all);
        // when
        Gates gates = ops.mixtures().gates(some, ADAMOE);
        // then
        assertThat(ops.floats(all)).isEqualTo(before);
        assertNear(
                ops.floats(gates.weights()),
                ops.floats(ops.mixtures().mix(some, SITES, ADAMOE).gates().weights()),
                1e-6);
    }

    static Stream<Router> generation_has_the_gates_of_training() {
        Stream<Router> selections = Stream.of(Graft.soft(), Graft.topK(1), Graft.topK(2), Graft.topP(0.6));
        return selections.flatMap(rule -> Arrays.stream(Normalisation.values())
                .flatMap(by -> Stream.of(
                                rule,
                                rule.nullExperts(3),
                                rule.identityNulls(3),
                                rule.nullExperts(new NullExperts(3, Kind.IDENTITY, Share.OF_SELECTED)))
                        .map(each -> each.normalise(by))));
    }

    /** Generation has one row at a time, and other products for it. */
    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void a_single_row_gives_what_it_gives_among_others(ElementType type) {
        Ops ops = torch.ops();
        NDArray all = torch.upload(x, type);
        NDArray one = ops.narrow(all, 0, 2, 1);
        NDArray weight = torch.upload(Plain.random(4, 7, WIDTH), type);
        NDArray second = torch.upload(Plain.random(5, EXPERTS * RANK, 7));

        NDArray factors = torch.upload(Plain.below(a, router));
        LoraHidden ofAll = routed(all, factors);
        LoraHidden ofOne = routed(one, factors);
        LoraHidden generating = ops.mixtures().loraHidden(one, factors, SITES, ADAMOE, LORA, rows(Segment.of(1)));

        NDArray among = ops.narrow(ops.adaptedLinear(all, weight, null, ofAll, 1, second), 0, 2, 1);
        NDArray alone = ops.adaptedLinear(one, weight, null, ofOne, 1, second);
        NDArray generated = ops.adaptedLinear(one, weight, null, generating, 1, second);

        double tolerance = type == FP32 ? 1e-6 : 1e-2;
        assertNear(ops.floats(alone), ops.floats(among), tolerance);
        assertNear(ops.floats(generated), ops.floats(among), tolerance);
    }

    @Test
    void a_single_row_with_dropout_gives_in_bf16_what_it_gives_in_fp32() {
        Dropout dropout = new Dropout(0.5, RandomKey.of(7));
        double[][] one = {x[0]};
        List<float[]> outputs = new ArrayList<>();
        for (ElementType type : List.of(BF16, FP32)) {
            NDArray input = torch.upload(one, type);
            LoraHidden h = torch.ops()
                    .mixtures()
                    .loraHidden(input, torch.upload(a), null, SITES, 2, Merge.OUTPUTS, dropout, rows(Segment.of(1)));
            NDArray weight = torch.upload(Plain.random(4, 7, WIDTH), type);
            NDArray second = torch.upload(Plain.random(5, EXPERTS * RANK, 7));
            outputs.add(torch.ops().floats(torch.ops().adaptedLinear(input, weight, null, h, 2, second)));
        }
        assertNear(outputs.get(0), outputs.get(1), 1e-2);
    }

    private LoraHidden routed(NDArray input, NDArray factors) {
        Rows rows = rows(Segment.of((int) input.getShape().get(0)));
        return torch.ops()
                .mixtures()
                .loraMixture(input, factors, SITES, ADAMOE, LORA, Dropout.NONE, rows)
                .hidden();
    }

    /** Within a part of the largest number. */
    private static void assertNear(float[] actual, float[] expected, double part) {
        double largest = 0;
        for (float number : expected) {
            largest = Math.max(largest, Math.abs(number));
        }
        assertThat(largest).isPositive();
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i])
                    .isCloseTo(expected[i], org.assertj.core.api.Assertions.within(part * largest));
        }
    }

    @Test
    void permuting_experts_together_with_their_router_rows_changes_nothing() {
        // given
        Rows rows = rows(Segment.of(TOKENS));
        Router soft = Graft.soft();
        double[][] own = Arrays.copyOf(router, EXPERTS);
        double[][] factors = Arrays.copyOf(a, EXPERTS * RANK);
        double[][] b = Plain.random(4, EXPERTS * RANK, 3);
        double[][] weight = Plain.random(5, 3, WIDTH);
        int[] order = {2, 0, 3, 1};
        // when
        NDArray y = mixture(rows, soft, own, factors, b, weight);
        NDArray permuted = mixture(
                rows, soft, blocks(own, order, 1), blocks(factors, order, RANK), blocks(b, order, RANK), weight);
        // then
        float[] before = torch.ops().floats(y);
        float[] after = torch.ops().floats(permuted);
        for (int i = 0; i < before.length; i++) {
            assertThat(after[i]).isCloseTo(before[i], org.assertj.core.api.Assertions.within(1e-5f));
        }
    }

    private NDArray mixture(
            Rows rows, Router rule, double[][] own, double[][] factors, double[][] b, double[][] weight) {
        Mixtures mixtures = torch.ops().mixtures();
        NDArray input = torch.upload(x);
        Gates gates = mixtures.route(input, torch.upload(own), 1, rule, rows).gates();
        LoraHidden h =
                mixtures.loraHidden(input, torch.upload(factors), gates, 1, 2, Merge.OUTPUTS, Dropout.NONE, rows);
        return torch.ops().adaptedLinear(input, torch.upload(weight), null, h, 0, torch.upload(b));
    }

    private static double[][] blocks(double[][] rows, int[] order, int size) {
        double[][] result = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            result[i] = rows[order[i / size] * size + i % size];
        }
        return result;
    }

    @Test
    void entropy_is_the_sum_over_tokens_of_their_softmaxs_own() {
        // given
        NDArray logits = torch.ops().mixtures().logits(torch.upload(x), torch.upload(router), SITES);
        // when
        RouterDecision decision = torch.ops().mixtures().mix(logits, SITES, ADAMOE);
        // then: −Σ p log p in fp64, of logits formed in fp64
        double[][] expected = new double[1][SITES];
        for (int site = 0; site < SITES; site++) {
            for (double[] token : x) {
                double[] exps = new double[9];
                for (int expert = 0; expert < exps.length; expert++) {
                    for (int i = 0; i < WIDTH; i++) {
                        exps[expert] += token[i] * router[site * 9 + expert][i];
                    }
                    exps[expert] = Math.exp(exps[expert]);
                }
                double sum = Arrays.stream(exps).sum();
                expected[0][site] -= Arrays.stream(exps)
                        .map(e -> e / sum * Math.log(e / sum))
                        .sum();
            }
        }
        torch.assertClose(torch.ops().view(decision.statistics().entropy(), 1, SITES), expected, 1e-6);
    }

    @Test
    void entropy_of_a_router_that_is_sure_is_nothing_and_of_one_that_is_not_the_logarithm() {
        double[][] logits = {{200, 0, -200, 0}, {3, 3, 3, 3}};
        RouterDecision decision =
                torch.ops().mixtures().mix(torch.ops().view(torch.upload(logits), 1, 2, 4), 2, Graft.topK(1));
        torch.assertClose(
                torch.ops().view(decision.statistics().entropy(), 1, 2), new double[][] {{0, Math.log(4)}}, 1e-6);
    }

    @Test
    void equal_router_rows_give_equal_logits_so_that_the_tie_rule_decides() {
        // given: nine equal rows a site
        double[][] equal = new double[SITES * 9][];
        Arrays.fill(equal, Plain.random(9, 1, WIDTH)[0]);
        // when
        RouterDecision decision = torch.ops()
                .mixtures()
                .route(torch.upload(x), torch.upload(equal), SITES, ADAMOE, rows(Segment.of(TOKENS)));
        // then: all four true experts, before any null one
        assertThat(torch.ops().floats(decision.load())).containsOnly(4f);
        assertThat(torch.ops().floats(decision.gates().weights())).containsOnly(0.25f);
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void zero_second_factors_leave_the_base_bit_for_bit(ElementType type) {
        // given
        Ops ops = torch.ops();
        Rows rows = rows(Segment.of(TOKENS));
        NDArray input = torch.upload(x, type);
        NDArray weight = torch.upload(Plain.random(4, 7, WIDTH), type);
        // when
        Gates gates = ops.mixtures()
                .route(input, torch.upload(router), SITES, ADAMOE, rows)
                .gates();
        LoraHidden h =
                ops.mixtures().loraHidden(input, torch.upload(a), gates, SITES, 2, Merge.OUTPUTS, Dropout.NONE, rows);
        NDArray y = ops.adaptedLinear(input, weight, null, h, 1, ops.zeros(FP32, EXPERTS * RANK, 7));
        // then
        assertThat(ops.floats(y)).isEqualTo(ops.floats(ops.linear(input, weight, null)));
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void vectors_of_ones_leave_the_output_bit_for_bit(ElementType type) {
        Ops ops = torch.ops();
        NDArray y = torch.upload(x, type);
        NDArray ones = ops.upload(new float[] {1, 1, 1, 1, 1}, 1, WIDTH);
        assertThat(ops.floats(ops.mixtures().scaleBy(y, null, 0, ones))).isEqualTo(ops.floats(y));
    }

    @Test
    void sentence_routing_reads_the_prompt_and_keeps_its_gates_in_generation() {
        // given: two sequences, of which the second's last token is an answer
        Ops ops = torch.ops();
        Router rule = Graft.topK(2).perSentence();
        NDArray rowsOfRouter = torch.upload(Arrays.copyOf(router, EXPERTS));
        KvCache.Layer cache =
                KvCache.allocate(ops, 1, 2, 8, 1, 2, BF16).layers().get(0);
        Segment[] prompts = {Segment.of(2), Segment.of(4).prompt(3)};
        // when
        Gates prompt = ops.mixtures().gates(torch.upload(x), rowsOfRouter, 1, rule, rows(prompts), cache);
        RouterDecision trained = ops.mixtures().route(torch.upload(x), rowsOfRouter, 1, rule, rows(prompts));
        Gates next = ops.mixtures()
                .gates(
                        torch.upload(Plain.random(8, 2, WIDTH)),
                        rowsOfRouter,
                        1,
                        rule,
                        rows(Segment.after(2, 1), Segment.after(4, 1)),
                        cache);
        // then: softmax of the prompt's mean, the two largest kept as they are
        double[][] expected = new double[TOKENS][EXPERTS];
        for (int t = 0; t < TOKENS; t++) {
            double[][] tokens = t < 2 ? Arrays.copyOf(x, 2) : Arrays.copyOfRange(x, 2, 5);
            double[] logits = new double[EXPERTS];
            for (double[] token : tokens) {
                for (int e = 0; e < EXPERTS; e++) {
                    for (int c = 0; c < WIDTH; c++) {
                        logits[e] += token[c] * router[e][c] / tokens.length;
                    }
                }
            }
            double[] p = Plain.softmax(logits);
            double second = Arrays.stream(p).sorted().toArray()[EXPERTS - 2];
            expected[t] = Arrays.stream(p).map(v -> v >= second ? v : 0).toArray();
        }
        torch.assertClose(ops.view(prompt.weights(), TOKENS, EXPERTS), expected, 1e-6);
        torch.assertClose(ops.view(trained.gates().weights(), TOKENS, EXPERTS), expected, 1e-6);
        assertThat(trained.statistics().rows()).isEqualTo(2);
        torch.assertClose(ops.view(next.weights(), 2, EXPERTS), new double[][] {expected[0], expected[2]}, 1e-6);
        // and when the first sequence has ended
        Gates last = ops.mixtures()
                .gates(
                        torch.upload(Plain.random(8, 1, WIDTH)),
                        rowsOfRouter,
                        1,
                        rule,
                        rows(Segment.after(3, 0), Segment.after(5, 1)),
                        cache);
        torch.assertClose(ops.view(last.weights(), 1, EXPERTS), new double[][] {expected[2]}, 1e-6);
    }
}
