package dev.graft.samples;

import static dev.graft.assertj.GraftAssertions.assertThat;
import static dev.graft.assertj.GraftAssertions.assertThatPlanning;
import static dev.graft.dsl.Graft.*;

import dev.graft.catalog.Methods;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.Surgery;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Site.Identity;
import dev.graft.surgery.Site.Signal;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * How plans on MoE models are unit-tested, on the samples {@link AdaMoeMixtral} and {@link PerftRouted}: copy this file
 * beside your own spec. Only the headers of the checkpoints are read.
 */
class MoePlanTest {
    private final Checkpoint tinyMixtral = checkpoint("tiny-mixtral");
    private final Checkpoint tinyOlmoe = checkpoint("tiny-olmoe");

    private final InjectionPlan adamoe = Surgeon.plan(new AdaMoeMixtral().define(), tinyMixtral);
    private final InjectionPlan perft = Surgeon.plan(new PerftRouted().define(), tinyOlmoe);

    @Test
    void every_router_is_widened_by_eight_null_experts() {
        assertThat(adamoe)
                .everyRouter(router -> router.hasExperts(8)
                        .addsNullExperts(8)
                        .startsNullRows(RouterInit.TILED)
                        .routesTopK(3)
                        .normalises(Normalisation.SELECTED_TRUE)
                        .hasBalancedLoad(1.5));
    }

    @Test
    void the_papers_balance_loss_is_in_force_and_teaches_the_null_rows() {
        assertThat(adamoe)
                .router(0)
                .hasBalance(overRun(2e-2, 1e-4))
                .trueRowsLearnFrom(Signal.LM_LOSS)
                .nullRowsLearnFrom(Signal.BALANCE_LOSS_ONLY)
                .starts(Identity.ROUNDING)
                .returnToPlan()
                .hasNote("N_BALANCE_ONLY");
    }

    @Test
    void all_of_it_folds_into_the_checkpoint() {
        assertThat(adamoe)
                .injectsOnlyInto("**.gate", "**.gate2", "**.experts.{e}.w*")
                .everySite("**", site -> site.hasRank(8).hasNoRouter())
                .isMergeable();
    }

    @Test
    void perft_stands_beside_each_block_and_leaves_the_pretrained_router_alone() {
        assertThat(perft)
                .hasSites(4)
                .everySite(
                        "model.layers.**",
                        site -> site.isBesideBlock().hasExperts(4).hasRank(7).routesTopK(2))
                .everyRouter(router -> router.isFrozen().hasNullExperts(0).hasBalance(constant(0.01)));
    }

    @Test
    void adapters_that_follow_the_pretrained_router_cost_what_it_selects() {
        InjectionPlan perExpert =
                Surgeon.plan(surgery("perft-e", s -> s.layers(all(), Methods.perftE(Methods.perftLora(4)))), tinyOlmoe);

        // 4 layers of 16 adapters of 4 · (128 + 128), of which a token uses 4.
        assertThat(perExpert)
                .trainsParameters(4 * 16 * 1024)
                .activates(4 * 4 * 1024)
                .everySite("**", site -> site.followsPretrainedRouter().isNotMergeable());
    }

    @Test
    void null_experts_that_are_no_whole_copies_are_refused_with_the_alternatives() {
        Surgery six = surgery("six", s -> s.layers(all(), Methods.adaMoeExpansion(6, 3)));

        assertThatPlanning(() -> Surgeon.plan(six, tinyMixtral))
                .isRefusedWith("E_TILING")
                .mentioning("6 null experts", "8 pretrained experts")
                .fixedBy("nullRows(FIRST_ROWS)");
    }

    private static Checkpoint checkpoint(String name) {
        return Checkpoint.open(Path.of(System.getProperty("graft.home", "."), "samples/checkpoints", name));
    }
}
