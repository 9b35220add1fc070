package dev.graft.surgery;

import dev.graft.catalog.ModelShape;
import dev.graft.dsl.Balance;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Experts;
import dev.graft.dsl.Injection;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.Schedule;
import dev.graft.dsl.Selection;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.util.Optional;
import java.util.OptionalInt;

/** Puts in for what a sentence leaves to the pretrained router: numbers of experts, k, normalisation, coefficient. */
final class Pretrained {
    private final Optional<ModelShape.Moe> moe;

    /** @param moe empty for a dense model, whose sentences about MoE blocks are refused anyway */
    Pretrained(Optional<ModelShape.Moe> moe) {
        this.moe = moe;
    }

    /** The sentence without anything left open. */
    Injection resolve(Injection injection) {
        return new Injection(
                injection.layers(),
                injection.stack(),
                injection.block(),
                injection.roles(),
                experts(injection),
                injection.router().map(router -> router(injection, router)),
                injection.at());
    }

    /** Refuses null experts of a sentence, as it was written, where the base's routers have some. */
    void checkNulls(Injection written, Issues issues) {
        boolean adds =
                written.router().map(router -> router.nulls().count() > 0).orElse(false);
        if (isHost(written) && adds && nulls() > 0) {
            issues.add(Issue.error("E_TWICE", "the base's routers have " + nulls() + " null experts already")
                    .withFix("leave out nullExperts(...), or start from the checkpoint that was widened")
                    .at(written.at()));
        }
    }

    /** How many experts the sentence's router weighs. */
    int routed(Injection injection) {
        return isHost(injection) ? experts() : injection.experts().count();
    }

    /** The pretrained router's k; empty for a dense model. */
    OptionalInt topK() {
        return moe.map(blocks -> OptionalInt.of(blocks.topK())).orElse(OptionalInt.empty());
    }

    private int nulls() {
        return moe.map(ModelShape.Moe::nulls).orElse(0);
    }

    /** Whether a balance loss is the one of the pretraining. */
    boolean isKept(Balance balance) {
        return moe.map(blocks -> balance.equals(Balance.of(new Schedule.Constant(blocks.balanceCoefficient()))))
                .orElse(false);
    }

    /** Whether a sentence is about the pretrained router itself. */
    static boolean isHost(Injection injection) {
        return injection.roles().contains(Role.ROUTER);
    }

    /** Whether a sentence puts adapters into the projections of pretrained experts: their router weighs those. */
    static boolean isInside(Injection injection) {
        return injection.block() == BlockKind.MOE
                && injection.roles().stream()
                        .allMatch(role -> role == Role.GATE || role == Role.UP || role == Role.DOWN);
    }

    /** The pretrained experts of a block. */
    int experts() {
        return moe.map(ModelShape.Moe::experts).orElse(1);
    }

    private Experts experts(Injection injection) {
        Experts experts = injection.experts();
        boolean each = (injection.block() == BlockKind.MOE && experts.count() == Experts.FOR_EACH)
                || (isInside(injection) && experts.count() == 1);
        return each ? new Experts(experts(), experts.adapter()) : experts;
    }

    private Router router(Injection injection, Router router) {
        Router resolved = router;
        if (isHost(injection)) {
            boolean widened = router.nulls().count() != 0;
            if (!widened && moe.isPresent()) {
                resolved = resolved.nullExperts(moe.get().router().nulls()).normalise(router.normalisation());
            }
            if (!widened) {
                resolved = resolved.init(RouterInit.NORMAL);
            }
            if (router.selection() instanceof Selection.Pretrained) {
                resolved = resolved.select(new Selection.TopK(topK().orElse(1)));
            }
        }
        if (resolved.normalisation() == Normalisation.AS_PRETRAINED) {
            resolved = resolved.normalise(
                    moe.map(blocks -> blocks.router().normalisation()).orElse(Normalisation.NONE));
        }
        Optional<Balance> balance = resolved.balance();
        if (balance.isPresent() && balance.get().coefficient() instanceof Schedule.AsPretrained) {
            resolved = resolved.balance(balance.get()
                    .coefficient(new Schedule.Constant(
                            moe.map(ModelShape.Moe::balanceCoefficient).orElse(0.0))));
        }
        return resolved;
    }
}
