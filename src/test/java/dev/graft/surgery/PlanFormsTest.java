package dev.graft.surgery;

import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.catalog.Methods;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Merge;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.Optimizer;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training;
import dev.graft.fixtures.HeadersOnly;
import dev.graft.issue.GraftException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PlanFormsTest {
    @TempDir
    Path folder;

    static Stream<Surgery> specs() {
        return Stream.of(
                surgery("lora", s -> s.layers(all(), Methods.lora(4, lora -> lora.dropout(0.05)))),
                surgery("ia3", s -> s.layers(last(2).except(exactly(1)), Methods.ia3())),
                surgery(
                        "molora",
                        s -> s.layers(
                                every(2), Methods.moLora(3, 2, 16, topP(0.6).perSentence()))),
                surgery("mov", s -> s.layers(where("the middle", i -> i == 1), Methods.mov(3, topK(2)))),
                surgery("adamoe", s -> {
                    s.layers(range(0, 1), Methods.adaMoe(4, 5, 4, 2));
                    s.training(t -> t.optimizer(new Optimizer.Adafactor(1e-3, 0.8, 1.0, 128))
                            .cosine(10)
                            .steps(60)
                            .seed(-7)
                            .length(64, Training.TooLong.SKIP));
                }),
                surgery(
                        "quirks",
                        s -> s.layers(first(2), layer -> {
                            layer.attention(a -> a.on(O)
                                    .mixture(2, e -> e.lora(2, l -> l.init(Adapter.Lora.Init.NEAR_ZERO)))
                                    .router(topK(2).identityNulls(3)
                                            .merge(Merge.FACTORS)
                                            .balance(Balance.of(overRun(0.02, 1e-4))
                                                    .scope(Balance.Scope.PER_LAYER)
                                                    .nullLoad(Balance.NullLoad.DISTINCT)
                                                    .loadSum(Balance.LoadSum.ONE))));
                        })));
    }

    @ParameterizedTest
    @MethodSource("specs")
    void spec_and_plan_survive_json(Surgery spec) {
        InjectionPlan plan = plan(spec);

        String json = PlanJson.write(plan);

        assertThat(SurgeryJson.read(SurgeryJson.write(spec))).isEqualTo(spec);
        assertThat(PlanJson.read(json)).isEqualTo(plan);
        assertThat(PlanJson.write(PlanJson.read(json))).isEqualTo(json);
    }

    @ParameterizedTest
    @MethodSource("specs")
    void same_spec_and_headers_give_the_same_bytes_wherever_they_lie(Surgery spec) {
        InjectionPlan here = Surgeon.plan(spec, HeadersOnly.small().open(folder.resolve("here")));
        InjectionPlan there = Surgeon.plan(spec, HeadersOnly.small().open(folder.resolve("there")));

        assertThat(PlanJson.write(here)).isEqualTo(PlanJson.write(there)).doesNotContain(folder.toString());
    }

    @Test
    void spec_in_json_reads_like_the_spec() {
        Surgery spec = surgery(
                "one",
                s -> s.layers(first(2), layer -> layer.attention(a -> a.on(Q, V).lora(8))));

        assertThat(SurgeryJson.write(spec)).startsWith("""
                        {
                          "name": "one",
                          "injections": [
                            {
                              "layers": {"kind": "first", "count": 2},
                              "stack": "ONLY",
                              "block": "ATTENTION",
                              "roles": ["Q", "V"],
                              "experts": {"count": 1, "adapter": {"kind": "lora", "rank": 8, "alpha": 16.0, "init": "KAIMING_UNIFORM", "dropout": 0.0}},
                              "router": null,
                              "at": "PlanFormsTest.java:""");
    }

    @Test
    void explain_tells_the_whole_plan_once() {
        int line = new Throwable().getStackTrace()[0].getLineNumber() + 1;
        Surgery spec = surgery("adamoe", s -> s.layers(all(), Methods.adaMoe(4, 5, 4, 2)));

        InjectionPlan plan = plan(spec);

        // A layer trains 9 · (6 · 64 + 160) router elements and 4 · 2 · 1120 of A and B, Σ(in + out) being 1120; it has
        // 43,008 weights in projections; a token uses 16/9 of the 4 experts at balance, 4 at worst.
        assertThat(plan.explain()).isEqualTo("""
                        surgery adamoe
                          base: llama, 3 layers, hidden 64, 4 heads (2 key/value) of 16, ffn 160, vocabulary 256, BF16
                          layers 0-2
                            attention q, k, v  64 -> 64, 32, 32  [1]
                            attention o        64 -> 64          [1]
                            ffn gate, up       64 -> 160, 160    [1]
                            ffn down           160 -> 64         [1]
                          [1] at PlanFormsTest.java:LINE
                            experts: 4 x LoRA of rank 2, alpha 4; A uniform on +-1/sqrt(d), B = 0
                            router: top-4 of 4 true + 5 zero null experts, weights: probabilities over the selected true; reads the module's input
                            load: 1.78 true experts per token if balanced, at most 4
                            balance: 0.02, then 0.0001 by epoch; all layers in one pool, null load averaged
                            learning: true rows from the LM loss, null rows from the balance loss only
                            start: exactly the base: B starts at 0
                            merge: no: the router weighs the experts anew for each token or sequence
                          budget
                            trainable params: 41,568 || all params: 203,808 || trainable%: 20.3957
                            activated params per token: 26,635
                            FLOPs per token: base 290,816, balanced 344,085 (+18.32%), worst 373,952 (+28.59%), attention scores left out
                            bytes: 989,568 = weights 324,480 + adapter 166,272 + gradients 166,272 + optimizer 332,544, activations left out
                          [N_BALANCE_ONLY] the null experts' router rows learn from the balance loss only: normalised over the true experts, the null experts' logits cancel out of the output at PlanFormsTest.java:LINE
                          model MODEL
                          plan PLAN
                        """.replace("LINE", "" + line)
                .replace("MODEL", plan.modelHash())
                .replace("PLAN", plan.planHash()));
    }

    @Test
    void explain_of_61_equal_layers_fits_a_screen() {
        Checkpoint deep = HeadersOnly.llama(61, 64, 4, 2, 160, 256).open(folder);

        String text = Surgeon.plan(surgery("deep", s -> s.layers(all(), Methods.adaMoe(4, 5, 4, 2))), deep)
                .explain();

        assertThat(text.lines()).hasSizeLessThan(25);
        assertThat(text).contains("  layers 0-60\n");
    }

    @Test
    void explain_tells_layers_of_other_structure_apart() {
        InjectionPlan plan = plan(surgery("mixed", s -> {
            s.layers(
                    exactly(0, 2),
                    layer -> layer.attention(a -> {
                        a.on(Q, V).mixture(2, e -> e.lora(2)).router(soft());
                        a.on(K).lora(2);
                    }));
            s.layers(exactly(1), layer -> layer.ffn(f -> f.on(HIDDEN).ia3()));
        }));

        assertThat(plan.explain()).contains("""
                          layers 0, 2
                            attention q, v  64 -> 64, 32  [1]
                            attention k     64 -> 32      [2]
                          layer 1
                            ffn hidden  160 -> 160  [3]
                        """).contains("""
                            experts: one LoRA of rank 2, alpha 4; A uniform on +-1/sqrt(d), B = 0
                            start: exactly the base: B starts at 0
                            merge: folds into the weight: W + (alpha/r) B A
                        """);
    }

    @Test
    void call_sites_do_not_change_the_hashes() {
        Surgery first = spec(2, topK(2).nullExperts(2).balance(constant(0.01)));
        Surgery second =
                SurgeryJson.read(SurgeryJson.write(first).replaceAll("PlanFormsTest.java:\\d+", "Other.java:1"));

        assertThat(second).isNotEqualTo(first);
        assertThat(plan(second).planHash()).isEqualTo(plan(first).planHash());
        assertThat(plan(second).modelHash()).isEqualTo(plan(first).modelHash());
    }

    @Test
    void options_that_mean_nothing_do_not_change_the_hashes() {
        Surgery plain = spec(2, topK(2).normalise(Normalisation.SELECTED));
        Surgery noNulls = spec(
                2, topK(2).nullExperts(new NullExperts(0, NullExperts.Kind.IDENTITY, NullExperts.Share.OF_SELECTED)));

        assertThat(plan(noNulls).planHash()).isEqualTo(plan(plain).planHash());
    }

    @Test
    void training_changes_the_plan_and_not_the_model() {
        Surgery spec = spec(2, topK(2).nullExperts(2).balance(constant(0.01)));
        Surgery otherRate = spec.withTraining(
                surgery("any", s -> s.training(t -> t.adamW(1e-5))).training());
        Surgery otherBalance = spec(2, topK(2).nullExperts(2).balance(constant(0.02)));
        Surgery otherStart =
                spec(2, topK(2).nullExperts(2).balance(constant(0.01)).init(RouterInit.KAIMING_UNIFORM));

        for (Surgery other : new Surgery[] {otherRate, otherBalance, otherStart}) {
            assertThat(plan(other).modelHash()).isEqualTo(plan(spec).modelHash());
            assertThat(plan(other).planHash()).isNotEqualTo(plan(spec).planHash());
        }
    }

    @Test
    void model_and_base_change_both_hashes() {
        InjectionPlan plan = plan(spec(2, topK(2)));
        InjectionPlan otherRank = plan(spec(3, topK(2)));
        InjectionPlan otherRouter = plan(spec(2, topK(1)));
        InjectionPlan otherTheta = Surgeon.plan(
                spec(2, topK(2)), HeadersOnly.small().config("rope_theta", 5e5).open(folder.resolve("theta")));
        InjectionPlan otherHeaders = Surgeon.plan(
                spec(2, topK(2)),
                HeadersOnly.small().dtype("F32").tensor("model.norm.weight", 64).open(folder.resolve("norm")));

        for (InjectionPlan other : new InjectionPlan[] {otherRank, otherRouter, otherTheta, otherHeaders}) {
            assertThat(other.modelHash()).isNotEqualTo(plan.modelHash());
            assertThat(other.planHash()).isNotEqualTo(plan.planHash());
        }
    }

    @Test
    void unknown_field_is_refused_with_its_place_and_the_nearest() {
        String json = SurgeryJson.write(spec(2, soft())).replace("\"rank\"", "\"rnak\"");

        assertThatThrownBy(() -> SurgeryJson.read(json))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_JSON] spec line 9, column ")
                .hasMessageContaining("the field 'injections[0].experts.adapter.rnak' does not exist")
                .hasMessageContaining("nearest: rank");
    }

    @Test
    void missing_field_and_wrong_type_and_broken_json_are_refused() {
        String json = SurgeryJson.write(spec(2, soft()));

        assertThatThrownBy(() -> SurgeryJson.read(json.replace("\"rank\": 2, ", "")))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_JSON] spec line ")
                .hasMessageContaining("in 'injections[0].experts.adapter.rank': missing field 'rank'");
        assertThatThrownBy(() -> SurgeryJson.read(json.replace("\"rank\": 2", "\"rank\": \"2\"")))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("rank");
        assertThatThrownBy(() -> SurgeryJson.read(json.replace("\"rank\": 2", "\"rank\": 2.5")))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("rank");
        assertThatThrownBy(() -> SurgeryJson.read(json.substring(0, 200)))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_JSON] spec line ");
        assertThatThrownBy(() -> SurgeryJson.read("null"))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_JSON]");
        assertThatThrownBy(() -> SurgeryJson.read(json.replace("\"name\"", "\"name\": \"a\", \"name\"")))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("uplicate");
    }

    @Test
    void plan_that_was_changed_by_hand_is_refused() {
        String json = PlanJson.write(plan(spec(2, soft())));

        assertThatThrownBy(() -> PlanJson.read(json.replace("\"alpha\": 4.0", "\"alpha\": 8.0")))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_PLAN_HASH]");
        assertThatThrownBy(() -> PlanJson.read(json.replace("\"format\": 1", "\"format\": 2")))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_PLAN_FORMAT]");
        assertThatThrownBy(() -> PlanJson.read(json.replace("\"treatment\": 0", "\"treatment\": 9")))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("names treatment 9 of 1");
    }

    private InjectionPlan plan(Surgery spec) {
        return Surgeon.plan(spec, HeadersOnly.small().open(folder.resolve("small")));
    }

    private static Surgery spec(int rank, dev.graft.dsl.Router router) {
        return surgery(
                "spec",
                s -> s.layers(
                        all(),
                        layer -> layer.attention(
                                a -> a.on(Q, V).mixture(3, e -> e.lora(rank)).router(router))));
    }
}
