package dev.graft.samples;

import static dev.graft.assertj.GraftAssertions.assertSoftly;
import static dev.graft.assertj.GraftAssertions.assertThat;
import static dev.graft.assertj.GraftAssertions.assertThatPlanning;
import static dev.graft.assertj.GraftAssertions.percent;
import static dev.graft.dsl.Graft.*;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.Surgery;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Site.Signal;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * How a plan is unit-tested, on the sample {@link AdaMoeMoLora}: copy this file beside your own spec. Only the headers of
 * the checkpoint are read, so a test like this takes milliseconds and needs neither weights nor a GPU.
 */
class AdaMoeMoLoraPlanTest {
    private final Checkpoint tinyLlama =
            Checkpoint.open(Path.of(System.getProperty("graft.home", "."), "samples/checkpoints/tiny-llama"));

    private final InjectionPlan plan = Surgeon.plan(new AdaMoeMoLora().define(), tinyLlama);

    @Test
    void every_projection_of_every_layer_is_adapted_and_nothing_else() {
        assertThat(plan)
                .hasSites(6 * 7)
                .injectsOnlyInto("model.layers.*.self_attn.*_proj", "model.layers.*.mlp.*_proj")
                .doesNotTouch("model.embed_tokens.**", "lm_head.**");
    }

    @Test
    void each_site_routes_every_token_to_four_of_nine_experts() {
        assertThat(plan)
                .everySite(
                        "model.layers.**",
                        site -> site.hasRank(2)
                                .hasExperts(4)
                                .hasNullExperts(5)
                                .routesTopK(4)
                                .normalises(Normalisation.SELECTED_TRUE));
    }

    @Test
    void router_learns_and_the_plan_says_from_what() {
        assertThat(plan)
                .site("model.layers.0.self_attn.k_proj")
                .hasShape(192, 64)
                .trueRowsLearnFrom(Signal.LM_LOSS)
                .nullRowsLearnFrom(Signal.BALANCE_LOSS_ONLY)
                .returnToPlan()
                .hasNote("N_BALANCE_ONLY");
    }

    @Test
    void untrained_it_is_the_base_and_it_stays_small() {
        assertSoftly(softly -> softly.assertThat(plan)
                .startsExactly()
                .leavesFrozen("**.weight")
                .trainsLessThan(percent(10)));
    }

    @Test
    void layers_that_the_model_lacks_are_refused_with_the_line_that_names_them() {
        Surgery tooDeep = surgery(
                "too-deep",
                s -> s.layers(range(4, 9), layer -> layer.attention(a -> a.on(Q).lora(8))));

        assertThatPlanning(() -> Surgeon.plan(tooDeep, tinyLlama))
                .isRefusedWith("E_LAYER")
                .mentioning("layer 9", "6 layers, 0 to 5")
                .pointingTo("AdaMoeMoLoraPlanTest.java");
    }
}
