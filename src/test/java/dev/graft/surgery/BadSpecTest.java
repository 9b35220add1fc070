package dev.graft.surgery;

import static dev.graft.assertj.GraftAssertions.assertThatPlanning;
import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.graft.catalog.Methods;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Block;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Experts;
import dev.graft.dsl.Injection;
import dev.graft.dsl.LayerSelector;
import dev.graft.dsl.LayerSpec;
import dev.graft.dsl.Merge;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.Optimizer;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.ScaleSource;
import dev.graft.dsl.SitesSpec;
import dev.graft.dsl.Stack;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training;
import dev.graft.dsl.TrainingSpec;
import dev.graft.fixtures.HeadersOnly;
import dev.graft.issue.CallSite;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a person reads for each spec that can't be planned; the model has 3 layers of width 64 with 32-wide k and v. */
class BadSpecTest {
    @TempDir
    Path folder;

    static Stream<Arguments> layers() {
        return Stream.of(
                bad(
                        exactly(99),
                        "'layers [99]' names layer 99, which the model does not have: it has 3 layers, 0 to 2"),
                bad(exactly(1, 5, 6), "'layers [1, 5, 6]' names layer 5-6, which"),
                bad(exactly(-1), "'layers [-1]' names layer -1"),
                bad(range(1, 3), "'layers 1 to 3' names layer 3"),
                bad(range(-1, 1), "'layers -1 to 1' names layer -1"),
                bad(range(0, Integer.MAX_VALUE), "names layer 2147483647"),
                bad(range(2, 1), "'layers 2 to 1' selects no layer"),
                bad(first(4), "'the first 4 layers' names 4 layers"),
                bad(first(0), "'the first 0 layers' selects no layer"),
                bad(last(4), "'the last 4 layers' names 4 layers"),
                bad(every(0), "selects no layer"),
                bad(every(2, 7), "selects no layer"),
                bad(where("the fifth", i -> i == 4), "'the fifth' selects no layer"),
                bad(all().except(all()), "'all layers except all layers' selects no layer"),
                bad(all().except(exactly(7)), "names layer 7"),
                bad(first(1).except(exactly(2)), "names an exception that takes nothing away"));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void layers_that_are_not_there(LayerSelector selector, String message) {
        assertThatPlanning(() -> plan(surgery("bad", s -> s.layers(selector, Methods.lora(2)))))
                .isRefusedWith("E_LAYER")
                .mentioning(message)
                .fixedBy("range(first, last)")
                .pointingTo("BadSpecTest.java");
    }

    static Stream<Arguments> sites() {
        Router adaMoe = topK(2).nullExperts(2);
        return Stream.of(
                attention(
                        "E_ROLE",
                        "gate is not in attention of llama, which has q, k, v, o",
                        a -> a.on(GATE).lora(2)),
                ffn(
                        "E_ROLE",
                        "q is not in ffn of llama, which has gate, up, down, hidden",
                        f -> f.on(Q).lora(2)),
                ffn("E_ROLE", "router is not in ffn", f -> f.on(Role.ROUTER).lora(2)),
                ffn(
                        "E_ROLE",
                        "hidden has no weight, so it takes (IA)3 vectors and no LoRA",
                        f -> f.on(HIDDEN).lora(2)),
                attention("E_TWICE", "attention q of layers 0-2 is adapted already, at BadSpecTest.java:", a -> {
                    a.on(Q, V).lora(2);
                    a.on(Q).ia3();
                }),
                attention(
                        "E_TWICE",
                        "attention q of layers 0-2 is adapted already",
                        a -> a.on(Q, Q).lora(2)),
                attention(
                        "E_PARAM",
                        "rank 0 at attention q: it must be at least 1",
                        a -> a.on(Q).lora(0)),
                attention("E_PARAM", "rank -3 at", a -> a.on(Q).lora(-3)),
                attention(
                        "E_PARAM",
                        "rank 33 at attention k (64 to 32) is more than the smaller of its widths",
                        a -> a.on(Q, K).lora(33)),
                attention("E_PARAM", "alpha 0.0 at", a -> a.on(Q).lora(2, l -> l.alpha(0))),
                attention("E_PARAM", "alpha NaN at", a -> a.on(Q).lora(2, l -> l.alpha(Double.NaN))),
                attention("E_PARAM", "alpha Infinity at", a -> a.on(Q).lora(2, l -> l.alpha(1.0 / 0))),
                attention(
                        "E_PARAM",
                        "dropout 1.0 at attention q: it must be in [0, 1)",
                        a -> a.on(Q).lora(2, l -> l.dropout(1))),
                attention("E_PARAM", "dropout NaN at", a -> a.on(Q).lora(2, l -> l.dropout(Double.NaN))),
                attention("E_PARAM", "dropout -0.1 at", a -> a.on(Q).lora(2, l -> l.dropout(-0.1))),
                attention(
                        "E_PARAM",
                        "0 experts at",
                        a -> a.on(Q).mixture(0, e -> e.lora(2)).router(soft())),
                attention(
                        "E_PARAM",
                        "1000000000 experts at",
                        a -> a.on(Q).mixture(1_000_000_000, e -> e.lora(2)).router(soft())),
                attention(
                        "E_NO_ROUTER",
                        "4 experts at attention q have no router",
                        a -> a.on(Q).mixture(4, e -> e.lora(2))),
                mixture("E_PARAM", "top-0 at attention q cannot choose among 4 true + 0 null experts", topK(0)),
                mixture("E_PARAM", "top-7 at attention q cannot choose among 4 true + 2 null", topK(7).nullExperts(2)),
                mixture("E_PARAM", "-1 null experts at", topK(2).nullExperts(-1)),
                mixture("E_PARAM", "2147483647 null experts at", topK(2).nullExperts(Integer.MAX_VALUE)),
                mixture("E_PARAM", "top-p 0.0 at attention q: the threshold must be in (0, 1]", topP(0)),
                mixture("E_PARAM", "top-p 1.5 at", topP(1.5)),
                mixture("E_PARAM", "top-p NaN at", topP(Double.NaN)),
                mixture("E_PARAM", "the balance coefficient -0.1 at", topK(2).balance(constant(-0.1))),
                mixture(
                        "E_PARAM",
                        "the balance coefficient NaN, then 0 by epoch",
                        topK(2).balance(anneal(Double.NaN, 0.0))),
                mixture("E_PARAM", "0 to Infinity over the run", topK(2).balance(overRun(0, 1.0 / 0))),
                mixture("E_PARAM", "has no value for any epoch", topK(2).balance(anneal())),
                mixture(
                        "E_BALANCE_CONSTANT",
                        "every expert is selected for every token, so the balance loss is a constant without gradient"
                                + " at attention q",
                        soft().balance(constant(0.01))),
                mixture("E_BALANCE_CONSTANT", "is a constant", topK(4).balance(constant(0.01))),
                mixture("E_BALANCE_CONSTANT", "is a constant", topP(1).balance(constant(0.01))),
                mixture(
                        "E_NO_PATH",
                        "no row of a null expert in the router at attention q gets a gradient: normalised over the true"
                                + " experts, the null experts' logits cancel out of the output",
                        adaMoe),
                mixture("E_NO_PATH", "no row of a null expert", adaMoe.balance(constant(0))),
                mixture("E_NO_PATH", "no row of a null expert", adaMoe.balance(anneal(0.0, 0.0))),
                mixture("E_NO_PATH", "no row of a null expert", soft().nullExperts(2)),
                mixture(
                        "E_NO_PATH",
                        "no row of the router at attention q gets a gradient: renormalised, the weight of the only"
                                + " selected expert is always 1",
                        topK(1).normalise(Normalisation.SELECTED)),
                mixture("E_NO_PATH", "no row of the router", topK(1).nullExperts(2)),
                mixture("E_NO_PATH", "no row of the router", topP(0.2).normalise(Normalisation.SELECTED)),
                attention(
                        "E_NO_PATH",
                        "the probability of the only expert is always 1",
                        a -> a.on(Q).mixture(1, e -> e.lora(2)).router(soft())),
                attention(
                        "E_IDENTITY_SHAPE",
                        "identity nulls at attention k (64 to 32) would add an input of width 64 to an output of width 32",
                        a -> a.on(Q, K).mixture(4, e -> e.lora(2)).router(topK(2).identityNulls(2))),
                mixture(
                        "E_INPUT",
                        "the router at attention q cannot read the activated hidden state: only HIDDEN has it",
                        soft().input(RouterInput.ACTIVATED_HIDDEN)),
                ffn(
                        "E_INPUT",
                        "only HIDDEN has it",
                        f -> f.on(HIDDEN, UP)
                                .mixture(2, e -> e.ia3())
                                .router(soft().input(RouterInput.ACTIVATED_HIDDEN))),
                mixture(
                        "E_INPUT",
                        "the router at attention q cannot read projected heads: that is for (IA)3 vectors on K and V",
                        soft().input(RouterInput.PROJECTED_PER_HEAD)),
                mixture(
                        "E_PADDING",
                        "the balance loss at attention q is to count padding, but examples of different lengths are not"
                                + " padded here",
                        adaMoe.balance(Balance.of(constant(0.01)).masked(false))),
                mixture("E_SCALE", "ask for the weights of a pretrained router", topK(2).scale(ScaleSource.HOST)),
                mixture("E_SCALE", "ask for no weights", topK(2).scale(ScaleSource.NONE)),
                attention(
                        "E_NULL_VECTOR",
                        "would multiply the module's output by 0",
                        a -> a.on(Q)
                                .mixture(4, e -> e.ia3())
                                .router(topK(2).nullExperts(2).balance(constant(0.01)))));
    }

    @ParameterizedTest
    @MethodSource("sites")
    void sites_experts_and_routers_that_cannot_be(String code, String message, Block<LayerSpec> layer) {
        assertThatPlanning(() -> plan(surgery("bad", s -> s.layers(all(), layer))))
                .isRefusedWith(code)
                .mentioning(message)
                .pointingTo("BadSpecTest.java")
                .and()
                .isRefusedExactlyWith(code);
    }

    static Stream<Arguments> training() {
        return Stream.of(
                training("batch 0 must be at least 1", t -> t.batch(0)),
                training("epochs 0 must be at least 1", t -> t.epochs(0)),
                training("steps 0 must be at least 1", t -> t.steps(0)),
                training("warm-up steps -1 must be at least 0", t -> t.linear(-1)),
                training("micro-batch 0 must be at least 1", t -> t.microBatch(0)),
                training("length 1 must be at least 2", t -> t.length(1)),
                training("length 5000 is more than the 4096 positions of the model", t -> t.length(5000)),
                training("learning rate NaN must be finite and above 0", t -> t.adamW(Double.NaN)),
                training("learning rate -1.0E-4 must be", t -> t.adamW(-1e-4)),
                training("learning rate 0.0 must be", t -> t.adamW(0)),
                training("beta2 1.0 must be in [0, 1)", t -> t.optimizer(new Optimizer.AdamW(1e-3, 0.9, 1, 1e-8, 0))),
                training("epsilon 0.0 must be", t -> t.optimizer(new Optimizer.AdamW(1e-3, 0.9, 0.9, 0, 0))),
                training("weight decay -1.0 must be", t -> t.optimizer(new Optimizer.AdamW(1e-3, 0.9, 0.9, 1e-8, -1))),
                training("decay -0.8 must be", t -> t.optimizer(new Optimizer.Adafactor(1e-3, -0.8, 1, 128))),
                training("update clipping 0.0", t -> t.optimizer(new Optimizer.Adafactor(1e-3, 0.8, 0, 128))),
                training("factoredFrom 0", t -> t.optimizer(new Optimizer.Adafactor(1e-3, 0.8, 1, 0))),
                training("clip -1.0 must be finite and not negative", t -> t.clip(-1)),
                training("clip NaN must be", t -> t.clip(Double.NaN)),
                training("device 'gpu' is none of cpu, cuda, cuda:N", t -> t.device("gpu")),
                training("threads -1", t -> t.threads(-1)),
                training("validateEvery -1", t -> t.validateEvery(-1)),
                training("saveEvery 0 must be at least 1", t -> t.saveEvery(0)),
                training("skipLimit 0 must be at least 1", t -> t.skipLimit(0)));
    }

    @ParameterizedTest
    @MethodSource("training")
    void training_settings_that_cannot_be(String message, Block<TrainingSpec> training) {
        assertThatPlanning(() -> plan(surgery("bad", s -> {
                    s.layers(all(), Methods.lora(2));
                    s.training(training);
                })))
                .isRefusedWith("E_PARAM")
                .mentioning("training: " + message)
                .pointingTo("BadSpecTest.java")
                .and()
                .isRefusedExactlyWith("E_PARAM");
    }

    @Test
    void micro_batch_of_a_json_spec_may_not_exceed_the_batch() {
        String json = SurgeryJson.write(surgery("json", s -> s.layers(all(), Methods.lora(2))))
                .replace("\"microBatch\": 16", "\"microBatch\": 17");

        assertThatPlanning(() -> plan(SurgeryJson.read(json)))
                .isRefusedWith("E_PARAM")
                .mentioning("a micro-batch of 17 is larger than the batch of 16");
    }

    @Test
    void sentence_routing_needs_a_prompt() {
        assertThatPlanning(() -> plan(surgery("bad", s -> {
                    s.layers(all(), Methods.moLora(3, 2, 4, soft().perSentence()));
                    s.training(t -> t.supervise(Training.Supervision.EVERYTHING));
                })))
                .isRefusedWith("E_INPUT")
                .mentioning("with supervise(EVERYTHING) no token is one")
                .fixedBy("supervise(ANSWERS)");
    }

    @Test
    void spec_that_adapts_nothing_is_refused() {
        assertThatPlanning(() -> plan(surgery("nothing", s -> {})))
                .isRefusedWith("E_NO_MATCH")
                .mentioning("the surgery 'nothing' adapts nothing")
                .fixedBy("layers(all(), layer ->");
    }

    @Test
    void lengths_of_two_sides_need_two_sides_and_a_token_each() {
        assertThatPlanning(() -> plan(surgery("sides", s -> {
                    s.layers(all(), Methods.lora(2));
                    s.training(t -> t.lengths(100, 28));
                })))
                .isRefusedWith("E_PARAM")
                .mentioning(
                        "lengths(source, target) is for a model with an encoder, which llama has not: say length(128)");
        assertThatPlanning(() -> plan(surgery("sides", s -> {
                    s.layers(all(), Methods.lora(2));
                    s.training(t -> t.lengths(0, 0));
                })))
                .isRefusedWith("E_PARAM")
                .mentioning("target length 0 must be at least 1")
                .mentioning("source length 0 must be at least 1");
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.ValueSource(
            strings = {"", "1st", "my spec", "a/b", "../x", "a--b", "-a", "a-", "é", "\"; Runtime.exec"})
    void name_that_no_class_can_have_is_refused(String name) {
        assertThatPlanning(() -> plan(surgery(name, s -> s.layers(all(), Methods.lora(2)))))
                .isRefusedWith("E_NAME")
                .mentioning("'" + name + "' is no name for a surgery");
    }

    @Test
    void blocks_stacks_and_adapters_that_only_json_can_name() {
        Injection moe =
                injection(Stack.DECODER, BlockKind.MOE, Role.GATE, new Adapter.Lora(2, 4, Adapter.Lora.Init.NORMAL, 0));
        Injection encoder = injection(Stack.ENCODER, BlockKind.ATTENTION, Role.Q, new Adapter.Ia3());
        Injection parallel = injection(Stack.DECODER, BlockKind.ATTENTION, Role.O, new Adapter.Parallel(2, 0));
        Injection none = new Injection(
                all(),
                Stack.DECODER,
                BlockKind.FFN,
                List.of(),
                new Experts(1, new Adapter.Ia3()),
                Optional.empty(),
                new CallSite("a.json", 1));

        assertThatPlanning(() -> plan(new Surgery("json", List.of(moe, encoder, parallel, none), Training.defaults())))
                .isRefusedExactlyWith("E_ROLE", "E_STACK", "E_ROLE", "E_NO_MATCH")
                .isRefusedWith("E_ROLE")
                .mentioning("llama has no moe: its layers have attention, ffn")
                .mentioning("a parallel adapter cannot sit at attention o")
                .and()
                .isRefusedWith("E_STACK")
                .mentioning("llama has no encoder");
    }

    @Test
    void all_problems_are_reported_together_each_with_its_line() {
        GraftException refused = catchThrowableOfType(
                GraftException.class,
                () -> plan(surgery("two words", s -> {
                    s.layers(exactly(7), Methods.lora(2));
                    s.layers(all(), layer -> {
                        layer.attention(a -> a.on(UP).lora(2));
                        layer.ffn(f -> f.on(UP).mixture(3, e -> e.lora(0)));
                    });
                    s.training(t -> t.batch(0));
                })));

        assertThat(refused.issues())
                .extracting(Issue::code)
                .containsExactlyInAnyOrder("E_NAME", "E_LAYER", "E_ROLE", "E_PARAM", "E_NO_ROUTER", "E_PARAM");
        assertThat(refused).hasMessageContaining("fix: up is in ffn: layer.ffn(block -> block.on(UP)...)");
    }

    @Test
    void spec_and_model_problems_are_reported_together() {
        assertThatPlanning(() -> Surgeon.plan(
                        surgery(
                                "bad",
                                s -> s.layers(
                                        all(),
                                        layer -> layer.attention(a -> a.on(Q).lora(0)))),
                        HeadersOnly.small().config("model_type", "lama").open(folder)))
                .isRefusedExactlyWith("E_PARAM", "E_ARCHITECTURE");
    }

    @Test
    void constant_balance_of_a_fragment_is_dropped_with_a_note() {
        Router router = soft().balance(Balance.of(constant(0.01)).ifItTeaches());

        InjectionPlan plan = plan(surgery("soft", s -> s.layers(all(), Methods.moLora(3, 2, 4, router))));

        assertThat(plan.notes()).extracting(Issue::code).containsExactly("N_BALANCE_DROPPED");
        assertThat(plan.sites())
                .allSatisfy(site ->
                        assertThat(site.router().orElseThrow().balance()).isEmpty());
        assertThat(plan.balancePools()).isEmpty();
    }

    @Test
    void factors_of_vectors_are_outputs_with_a_note() {
        InjectionPlan plan =
                plan(surgery("vectors", s -> s.layers(all(), Methods.mov(3, soft().merge(Merge.FACTORS)))));

        assertThat(plan.notes()).extracting(Issue::code).containsExactly("N_MERGE");
        assertThat(plan.modelHash())
                .isEqualTo(plan(surgery("vectors", s -> s.layers(all(), Methods.mov(3))))
                        .modelHash());
    }

    @Test
    void hidden_that_reads_the_ffn_input_is_noted() {
        InjectionPlan plan = plan(surgery(
                "hidden",
                s -> s.layers(
                        all(),
                        layer -> layer.ffn(
                                f -> f.on(HIDDEN).mixture(3, e -> e.ia3()).router(soft())))));

        assertThat(plan.notes()).extracting(Issue::code).containsExactly("N_INPUT");
        assertThat(plan.leaves().get(0).shape()).containsExactly(3L, 64L);
    }

    private static Injection injection(Stack stack, BlockKind block, Role role, Adapter adapter) {
        return new Injection(
                all(),
                stack,
                block,
                List.of(role),
                new Experts(1, adapter),
                Optional.empty(),
                new CallSite("a.json", 1));
    }

    private InjectionPlan plan(Surgery spec) {
        return Surgeon.plan(spec, HeadersOnly.small().open(folder));
    }

    private static Arguments bad(LayerSelector selector, String message) {
        return Arguments.of(selector, message);
    }

    private static Arguments attention(String code, String message, Block<SitesSpec> block) {
        Block<LayerSpec> layer = l -> l.attention(block);
        return Arguments.of(code, message, layer);
    }

    private static Arguments ffn(String code, String message, Block<SitesSpec> block) {
        Block<LayerSpec> layer = l -> l.ffn(block);
        return Arguments.of(code, message, layer);
    }

    /** Four LoRA experts at q. */
    private static Arguments mixture(String code, String message, Router router) {
        return attention(code, message, a -> a.on(Q).mixture(4, e -> e.lora(2)).router(router));
    }

    private static Arguments training(String message, Block<TrainingSpec> block) {
        return Arguments.of(message, block);
    }
}
