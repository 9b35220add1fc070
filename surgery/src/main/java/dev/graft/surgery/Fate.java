package dev.graft.surgery;

import dev.graft.catalog.ModelShape;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Experts;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.Selection;
import dev.graft.surgery.Site.Identity;
import dev.graft.surgery.Site.Merging;
import dev.graft.surgery.Site.Start;
import java.util.Optional;

/** Where a site starts and where it can end: the base's output before training, one folded weight after it. */
final class Fate {
    private Fate() {}

    /** Whether the untrained site gives the base's output. */
    static Start start(Experts experts, Optional<Router> router) {
        boolean passesOn = router.map(Router::nulls)
                .filter(nulls -> nulls.count() > 0 && nulls.kind() == NullExperts.Kind.IDENTITY)
                .isPresent();
        if (passesOn) {
            return new Start(Identity.NO, "identity nulls add their input from the start");
        }
        if (experts.adapter() instanceof Adapter.Ia3) {
            return router.map(value -> scaledByOnes(new Routing(experts.count(), value)))
                    .orElse(new Start(Identity.EXACT, "the vector starts at ones"));
        }
        boolean nearZero = experts.adapter() instanceof Adapter.Parallel
                || (experts.adapter() instanceof Adapter.Lora lora && lora.init() == Adapter.Lora.Init.NEAR_ZERO);
        return nearZero
                ? new Start(Identity.NO, "B starts near 1e-6, not at 0")
                : new Start(Identity.EXACT, "B starts at 0");
    }

    /** A mixture of ones is the sum of the weights. */
    private static Start scaledByOnes(Routing routing) {
        boolean renormalised = routing.router().normalisation() != Normalisation.NONE;
        if (routing.router().nulls().count() > 0) {
            return new Start(Identity.NO, "a token whose experts are all null gets 0");
        }
        return routing.selectsAll() || renormalised
                ? new Start(Identity.ROUNDING, "the vectors start at ones, the weights sum to 1 up to rounding")
                : new Start(Identity.NO, "the selected weights are not renormalised: they sum to less than 1");
    }

    /** Whether a MoE block with this router gives the base's output as long as nothing is trained. */
    static Start start(ModelShape.Moe base, Router router) {
        Router before = base.router();
        int k = router.selection() instanceof Selection.TopK top ? top.k() : 0;
        int nulls = router.nulls().count();
        boolean sameWeights = before.normalisation() == Normalisation.NONE
                ? router.normalisation() == Normalisation.NONE && nulls == 0
                : router.normalisation() != Normalisation.NONE;
        if (nulls == base.nulls()) {
            return k == base.topK() && sameWeights && router.nulls().kind() == NullExperts.Kind.ZERO
                    ? new Start(Identity.EXACT, "it decides as pretrained")
                    : new Start(Identity.NO, "it decides otherwise than pretrained");
        }
        if (router.nulls().kind() == NullExperts.Kind.IDENTITY) {
            return new Start(Identity.NO, "identity nulls add their input from the start");
        }
        // The tie rule: a true expert goes before its copies, so k of n + m tied logits hold ceil(k n / (n + m)) true
        // ones.
        int load = (k * base.experts() + base.experts() + nulls - 1) / (base.experts() + nulls);
        boolean whole = router.init() == RouterInit.TILED;
        return whole && load == base.topK() && sameWeights
                ? new Start(Identity.ROUNDING, "tied with its copies, each token keeps its " + load + " experts")
                : new Start(
                        Identity.NO,
                        !sameWeights
                                ? "the weights are normalised otherwise than pretrained"
                                : whole
                                        ? "a token starts with " + load + " true experts, not " + base.topK()
                                        : "the null experts are no whole copies of the pretrained router");
    }

    /** Whether a checkpoint can hold a pretrained router as it runs after the surgery. */
    static Merging merging(Router host) {
        if (!(host.selection() instanceof Selection.TopK)) {
            return new Merging(false, "config.json can say top-k only");
        }
        if (host.nulls().count() == 0) {
            return new Merging(true, "W + (alpha/r) B A");
        }
        if (host.nulls().kind() == NullExperts.Kind.IDENTITY) {
            return new Merging(false, "a checkpoint's null experts give 0, identity nulls give their input");
        }
        return host.normalisation() == Normalisation.SELECTED_TRUE
                ? new Merging(true, "W + (alpha/r) B A")
                : new Merging(
                        false,
                        "a checkpoint's router with null experts divides by the sum over the selected true ones");
    }

    /** Whether the trained site folds into its weight. */
    static Merging merging(SiteKey key, Experts experts, Optional<Router> router) {
        if (key.block() == BlockKind.MOE && router.isEmpty()) {
            return key.role() == Role.BESIDE
                    ? new Merging(false, "it stands beside the block: there is no weight to fold it into")
                    : new Merging(true, "W + (alpha/r) B A, expert by expert");
        }
        if (router.isPresent() || experts.count() > 1) {
            return new Merging(false, "the router weighs the experts anew for each token or sequence");
        }
        if (experts.adapter() instanceof Adapter.Parallel) {
            return new Merging(false, "a non-linearity stands between the two matrices");
        }
        return experts.adapter() instanceof Adapter.Ia3
                ? new Merging(true, "the vector scales rows of the weight (for hidden: columns of the down projection)")
                : new Merging(true, "W + (alpha/r) B A");
    }
}
