package dev.graft.assertj;

import static dev.graft.assertj.GraftAssertions.assertSoftly;
import static dev.graft.assertj.GraftAssertions.assertThat;
import static dev.graft.assertj.GraftAssertions.assertThatPlanning;
import static dev.graft.assertj.GraftAssertions.percent;
import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.catalog.Methods;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.Surgery;
import dev.graft.fixtures.HeadersOnly;
import dev.graft.fixtures.MoeHeaders;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Site.Identity;
import dev.graft.surgery.Site.Signal;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraftAssertionsTest {
    @TempDir
    Path folder;

    private InjectionPlan plan;

    @BeforeEach
    void plan() {
        plan = plan(surgery("adamoe", s -> {
            s.layers(all(), Methods.adaMoe(4, 5, 4, 2));
        }));
    }

    @Test
    void assertions_that_hold_chain() {
        assertThat(plan)
                .injectsInto("model.layers.*.self_attn.q_proj", "**.mlp.down_proj")
                .injectsOnlyInto("model.layers.*.self_attn.*_proj", "model.layers.*.mlp.*_proj")
                .doesNotTouch("lm_head.**", "model.embed_tokens", "model.layers.*")
                .leavesFrozen("**.weight")
                .trains("**.router")
                .hasSites(21)
                .everySite("**", site -> site.hasExperts(4).hasNullExperts(5).routesTopK(4))
                .trainsLessThan(percent(21))
                .trainsParameters(41_568)
                .activates(26_635)
                .startsExactly()
                .hasNote("N_BALANCE_ONLY")
                .hasNoNotes("N_CONVERTED")
                .explainsAs(plan.explain())
                .hasSameModelAs(plan);
    }

    @Test
    void site_is_reached_by_its_module_and_leads_back() {
        assertThat(plan)
                .site("model.layers.2.self_attn.v_proj")
                .hasShape(64, 32)
                .hasRank(2)
                .hasAlpha(4)
                .hasExperts(4)
                .hasNullExperts(5)
                .routesTopK(4)
                .normalises(Normalisation.SELECTED_TRUE)
                .routesBy(RouterInput.MODULE_INPUT)
                .trueRowsLearnFrom(Signal.LM_LOSS)
                .nullRowsLearnFrom(Signal.BALANCE_LOSS_ONLY)
                .startsExactly()
                .isNotMergeable()
                .isAskedForIn("GraftAssertionsTest.java")
                .returnToPlan()
                .site("model.layers.0.mlp.up_proj")
                .hasShape(64, 160);
    }

    @Test
    void plain_adapters_have_no_router_and_merge() {
        InjectionPlan plain = plan(surgery("plain", s -> s.layers(all(), Methods.ia3())));

        assertThat(plain)
                .isMergeable()
                .startsExactly()
                .hasNoNotes()
                .everySite(
                        "**",
                        site -> site.hasVectors()
                                .hasNoRouter()
                                .hasExperts(1)
                                .hasNullExperts(0)
                                .isMergeable());
    }

    @Test
    void injectsInto_shows_what_was_expected_and_the_sites() {
        fails(() -> assertThat(plan).injectsInto("model.layers.*.self_attn.q_porj"))
                .hasMessageContaining("Expecting plan 'adamoe' to inject into:")
                .hasMessageContaining("model.layers.*.self_attn.q_porj")
                .hasMessageContaining("but its sites are:")
                .hasMessageContaining("  model.layers.*.self_attn.q_proj (3 times)")
                .hasMessageContaining("nearest: model.layers.*.self_attn.q_proj");
    }

    @Test
    void other_failures_show_expected_and_actual() {
        fails(() -> assertThat(plan).injectsOnlyInto("**.self_attn.*"))
                .hasMessageContaining("but it also injects into:")
                .hasMessageContaining("  model.layers.*.mlp.down_proj (3 times)");
        fails(() -> assertThat(plan).doesNotTouch("model.layers.2.**"))
                .hasMessageContaining("not to touch:")
                .hasMessageContaining("model.layers.2.**");
        fails(() -> assertThat(plan).leavesFrozen("**.mlp.**"))
                .hasMessageContaining("model.layers.*.mlp.up_proj.lora_A");
        fails(() -> assertThat(plan).trains("**.ia3")).hasMessageContaining("**.ia3");
        fails(() -> assertThat(plan).hasSites(20)).hasMessageContaining("20 sites, but it has 21");
        fails(() -> assertThat(plan).trainsLessThan(percent(1)))
                .hasMessageContaining("less than 1.000% of all parameters, but it trains 20.40%")
                .hasMessageContaining("trainable params: 41,568");
        fails(() -> assertThat(plan).trainsParameters(1)).hasMessageContaining("but it trains 41,568");
        fails(() -> assertThat(plan).activates(1)).hasMessageContaining("but it activates 26,635");
        fails(() -> assertThat(plan).isMergeable()).hasMessageContaining("the router weighs");
        fails(() -> assertThat(plan).hasNote("N_MERGE")).hasMessageContaining("N_BALANCE_ONLY");
        fails(() -> assertThat(plan).hasNoNotes()).hasMessageContaining("N_BALANCE_ONLY");
        fails(() -> assertThat(plan).explainsAs("surgery")).hasMessageContaining("explanation of plan 'adamoe'");
        fails(() -> assertThat(plan).site("model.layers.9.mlp.up_proj"))
                .hasMessageContaining("to have the site:")
                .hasMessageContaining("nearest: model.layers.*.mlp.up_proj");
        fails(() -> assertThat(plan).site("model.layers.0.mlp.up_proj").hasRank(8))
                .hasMessageContaining("model.layers.0.mlp.up_proj")
                .hasMessageContaining("LoRA experts of rank")
                .hasMessageContaining("8")
                .hasMessageContaining("but it has:");
        fails(() -> assertThat(plan).site("model.layers.0.mlp.up_proj").starts(Identity.NO))
                .hasMessageContaining("EXACT (B starts at 0)");
    }

    @Test
    void description_of_the_user_comes_first() {
        fails(() -> assertThat(plan).as("our budget").hasSites(1)).hasMessageContaining("[our budget]");
    }

    @Test
    void other_model_is_shown_as_the_difference() {
        InjectionPlan other = plan(surgery("other", s -> s.layers(all(), Methods.adaMoe(4, 7, 4, 2))));

        fails(() -> assertThat(plan).hasSameModelAs(other))
                .hasMessageContaining("~ attention q in layers 0-2: ")
                .hasMessageContaining("4 true + 5 zero null experts")
                .hasMessageContaining("4 true + 7 zero null experts");
    }

    @Test
    void soft_assertions_report_all_failures_together() {
        fails(() -> assertSoftly(softly -> {
                    softly.assertThat(plan).hasSites(1).trainsParameters(2);
                    softly.assertThat(plan).everySite("**.q_proj", site -> site.hasRank(3));
                }))
                .hasMessageContaining("1 sites, but it has 21")
                .hasMessageContaining("but it trains 41,568")
                .hasMessageContaining("LoRA experts of rank");
    }

    @Test
    void wrong_expectations_of_pretrained_routers_show_what_is_there() {
        InjectionPlan moe = Surgeon.plan(
                surgery("moe", s -> {
                    s.layers(first(1), Methods.adaMoeExpansion(4, 3, 2));
                    s.layers(last(1), Methods.perftE(Methods.perftParallel(2)));
                }),
                MoeHeaders.smallMixtral().open(folder.resolve("moe")));

        assertThat(moe).router(2).isFrozen().hasBalance(constant(0.02)).starts(Identity.EXACT);
        assertThat(moe).router(1).hasNoBalance().hasNullExperts(0).hasBalancedLoad(2);
        assertThat(moe)
                .everySite(
                        "**.2.**",
                        site -> site.isBesideBlock().hasParallelAdapters().followsPretrainedRouter());
        fails(() -> assertThat(moe).everyRouter(router -> router.addsNullExperts(4)))
                .hasMessageContaining("model.layers.1.block_sparse_moe.gate")
                .hasMessageContaining("to have added null experts:\n  4\nbut it has:\n  0");
        fails(() -> assertThat(moe).router(0).hasNullExperts(8)).hasMessageContaining("8 ZERO\nbut it has:\n  4 ZERO");
        fails(() -> assertThat(moe).router(0).hasIdentityNulls(4)).hasMessageContaining("4 IDENTITY\nbut it has");
        fails(() -> assertThat(moe).router(0).isFrozen()).hasMessageContaining("frozen\nbut it has:\n  trained");
        fails(() -> assertThat(moe).router(0).hasBalancedLoad(2)).hasMessageContaining("2.0\nbut it has:\n  1.5");
        fails(() -> assertThat(moe).router(1).nullRowsLearnFrom(Signal.LM_LOSS))
                .hasMessageContaining("nothing: it is frozen");
        fails(() -> assertThat(moe).startsExactly())
                .hasMessageContaining("tied with its copies, each token keeps its 2 experts");
        fails(() -> assertThat(plan).router(0)).hasMessageContaining("in layer 0, but its base has none");
        fails(() -> assertThat(plan).everyRouter(router -> router.isFrozen()))
                .hasMessageContaining("its base has none");
        fails(() -> assertThat(plan).everySite("**.q_proj", site -> site.isAlwaysOn()))
                .hasMessageContaining("NONE\nbut it has:\n  OWN_ROUTER");
    }

    @Test
    void refusals_are_asserted_by_code_words_fix_and_line() {
        ThrowingCallable planning = () -> plan(surgery(
                "bad",
                s -> s.layers(exactly(99), layer -> layer.attention(a -> a.on(Q).lora(0)))));

        assertThatPlanning(planning)
                .isRefusedWith("E_LAYER")
                .mentioning("layer 99", "3 layers")
                .pointingTo("GraftAssertionsTest.java")
                .fixedBy("range(first, last)")
                .and()
                .isRefusedExactlyWith("E_LAYER", "E_PARAM");
        assertThatPlanning(() -> plan(surgery("good", s -> s.layers(all(), Methods.lora(2)))))
                .isNotRefused();
    }

    @Test
    void wrong_expectations_of_a_refusal_show_what_it_was_refused_with() {
        ThrowingCallable planning = () -> plan(surgery(
                "bad",
                s -> s.layers(all(), layer -> layer.attention(a -> a.on(GATE).lora(2)))));

        fails(() -> assertThatPlanning(planning).isRefusedWith("E_LAYER"))
                .hasMessageContaining("[E_ROLE] gate is not in");
        fails(() -> assertThatPlanning(planning).isRefusedExactlyWith("E_ROLE", "E_ROLE"))
                .hasMessageContaining("[E_ROLE]");
        fails(() -> assertThatPlanning(planning).isNotRefused()).hasMessageContaining("[E_ROLE]");
        fails(() -> assertThatPlanning(planning).isRefusedWith("E_ROLE").mentioning("up"))
                .hasMessageContaining("Expecting a message with up");
        fails(() -> assertThatPlanning(() -> plan(surgery("good", s -> s.layers(all(), Methods.lora(2)))))
                        .isRefusedWith("E_ROLE"))
                .hasMessageContaining("it was not refused");
    }

    @Test
    void globs_match_parts_of_dotted_names() {
        Assertions.assertThat(new Glob("a.*.c").matches("a.b.c")).isTrue();
        Assertions.assertThat(new Glob("a.*.c").matches("a.b.b.c")).isFalse();
        Assertions.assertThat(new Glob("a.**.c").matches("a.b.b.c")).isTrue();
        Assertions.assertThat(new Glob("a.**").matches("a")).isTrue();
        Assertions.assertThat(new Glob("a.**").matches("ab")).isFalse();
        Assertions.assertThat(new Glob("**.c").matches("c")).isTrue();
        Assertions.assertThat(new Glob("a.*_proj").matches("a.q_proj")).isTrue();
        Assertions.assertThat(new Glob("a.q").matches("axq")).isFalse();
    }

    private InjectionPlan plan(Surgery spec) {
        return Surgeon.plan(spec, HeadersOnly.small().open(folder));
    }

    private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> fails(
            ThrowingCallable assertion) {
        return assertThatThrownBy(assertion).isInstanceOf(AssertionError.class);
    }
}
