package dev.graft.surgery;

import dev.graft.dsl.Graft;
import dev.graft.dsl.Injection;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.ScaleSource;
import dev.graft.dsl.Selection;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;

/** What the routers of MoE blocks may be: the pretrained one, and those of adapters that stand beside it. */
final class MoeRouterRules {
    private final Injection injection;
    private final Pretrained pretrained;
    private final Issues issues;

    MoeRouterRules(Injection injection, Pretrained pretrained, Issues issues) {
        this.injection = injection;
        this.pretrained = pretrained;
        this.issues = issues;
    }

    /** The pretrained router's weights, or none at all: nothing else of the router has a meaning. */
    Router withoutRows(Router router) {
        if (!isBeside()) {
            report(
                    "E_SCALE",
                    "the experts at " + sites() + " ask for "
                            + (router.scale() == ScaleSource.HOST ? "the weights of a pretrained router" : "no weights")
                            + ", which only adapters beside a MoE block have",
                    "say .router(soft()), .router(topK(k)) or .router(topP(p))");
        } else if (router.scale() == ScaleSource.HOST && injection.experts().count() != pretrained.experts()) {
            report(
                    "E_SCALE",
                    injection.experts().count() + " adapters at " + sites() + " cannot each follow one of the "
                            + pretrained.experts() + " pretrained experts",
                    "use perExpert(expert -> ...)");
        } else if (router.scale() == ScaleSource.NONE && !(router.selection() instanceof Selection.Soft)) {
            report("E_SCALE", "adapters at " + sites() + " that are selected need weights", "use alwaysOn()");
        } else if (router.balance().isPresent() || router.nulls().count() > 0) {
            report(
                    "E_NO_ROUTER",
                    "a balance loss or null experts at " + sites() + " need a router with rows of its own",
                    "use topK(k), or leave them out");
        }
        return router.scale() == ScaleSource.HOST ? Graft.asPretrained() : Graft.alwaysOn();
    }

    /** A frozen router may keep the pretraining's balance loss, which reaches the adapters below it; one of its own teaches nobody. */
    void checkFrozen(Router router) {
        boolean own =
                router.balance().filter(balance -> !pretrained.isKept(balance)).isPresent();
        if (own) {
            report(
                    "E_FROZEN_ROUTER",
                    "the router at " + sites() + " is frozen, so a balance loss of its own teaches it nothing",
                    "give it a lora(rank), or say keepBalance()");
        }
    }

    /** What a router may be beside a MoE block, and in it. */
    void check(Router router) {
        if (router.scale() == ScaleSource.HOST && isBeside()) {
            checkHostScale(router);
        }
        checkNullRows(router);
    }

    /** Whether the sentence is about adapters beside a MoE block. */
    boolean isBeside() {
        return injection.roles().contains(Role.BESIDE);
    }

    /** The adapter with the i-th largest own probability takes the i-th largest pretrained weight (PERFT's code). */
    private void checkHostScale(Router router) {
        int most = pretrained.topK().orElse(0);
        if (!(router.selection() instanceof Selection.TopK top) || top.k() > most) {
            report(
                    "E_SCALE",
                    router.selection() + " at " + sites()
                            + " cannot take its weights from the pretrained router, which selects " + most + " experts",
                    "use topK(k) with k up to " + most + ", or leave out scale(HOST)");
        }
    }

    private void checkNullRows(Router router) {
        int nulls = router.nulls().count();
        boolean copies = router.init() == RouterInit.TILED || router.init() == RouterInit.FIRST_ROWS;
        if (!Pretrained.isHost(injection)) {
            if (copies) {
                report(
                        "E_PARAM",
                        "the router at " + sites() + " has no pretrained rows to copy",
                        "init(NORMAL) or init(KAIMING_UNIFORM)");
            }
            return;
        }
        int experts = pretrained.experts();
        if (nulls > 0 && router.init() == RouterInit.TILED && nulls % experts != 0) {
            report(
                    "E_TILING",
                    nulls + " null experts at " + sites() + " are no multiple of the " + experts
                            + " pretrained experts whose rows they copy",
                    "use a multiple of " + experts + "; or nullRows(FIRST_ROWS): " + nulls / experts
                            + " whole copies, then the first " + nulls % experts
                            + " rows; or nullRows(NORMAL): random rows, N(0, 0.02^2)");
        } else if (nulls > 0 && router.init() == RouterInit.KAIMING_UNIFORM) {
            report("E_PARAM", "null rows at " + sites() + " start TILED, FIRST_ROWS or NORMAL", "nullRows(TILED)");
        }
    }

    private String sites() {
        return Words.sites(injection);
    }

    private void report(String code, String message, String fix) {
        issues.add(Issue.error(code, message).withFix(fix).at(injection.at()));
    }
}
