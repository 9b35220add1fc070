package dev.graft.surgery;

import dev.graft.dsl.Adapter;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Injection;
import dev.graft.dsl.Merge;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.ScaleSource;
import dev.graft.dsl.Schedule;
import dev.graft.dsl.Selection;
import dev.graft.dsl.Training;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import dev.graft.issue.Severity;
import dev.graft.surgery.Site.RouterLearning;
import dev.graft.surgery.Site.Signal;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;

/** What a router may be, whatever the model: its parameters, what it reads, and that every row of it learns. */
final class RouterRules {
    private final Injection injection;
    private final Pretrained pretrained;
    private final MoeRouterRules moe;
    private final Issues issues;

    /** @param injection with nothing left to the pretrained router */
    RouterRules(Injection injection, Pretrained pretrained, Issues issues) {
        this.injection = injection;
        this.pretrained = pretrained;
        this.moe = new MoeRouterRules(injection, pretrained, issues);
        this.issues = issues;
    }

    /** The router as it will run, with options that mean nothing here at their defaults; empty without a router. */
    Optional<Router> check(Training.Supervision supervision) {
        int experts = pretrained.routed(injection);
        if (injection.router().isEmpty()) {
            if (experts > 1 && !Pretrained.isInside(injection)) {
                report(
                        "E_NO_ROUTER",
                        experts + " experts at " + sites() + " have no router",
                        "say .router(soft()), .router(topK(k)) or .router(topP(p)) behind the mixture");
            }
            return Optional.empty();
        }
        Router router = injection.router().get();
        if (Pretrained.isInside(injection)) {
            report(
                    "E_SCALE",
                    "adapters inside pretrained experts, at " + sites() + ", have no router of their own",
                    "leave the router out: the pretrained one weighs the experts with their adapters");
            return Optional.of(router);
        }
        if (!router.hasRows()) {
            return Optional.of(moe.withoutRows(router));
        }
        if (!hasSoundNumbers(new Routing(experts, router))) {
            // Refused; what is looked at besides can't count with them.
            return Optional.of(router.nullExperts(NullExperts.NONE));
        }
        if (!standsWhereItCan(router, supervision)) {
            return Optional.of(router);
        }
        Router effective = withTeachingBalance(new Routing(experts, plain(router)));
        if (isFrozen()) {
            moe.checkFrozen(effective);
        } else {
            checkLearning(new Routing(experts, effective));
        }
        return Optional.of(effective);
    }

    private boolean isFrozen() {
        return injection.experts().adapter() instanceof Adapter.Unchanged;
    }

    private boolean hasSoundNumbers(Routing routing) {
        int before = issues.all().size();
        Router router = routing.router();
        int nulls = router.nulls().count();
        if (nulls < 0 || nulls > SpecRules.MOST_EXPERTS) {
            parameter(nulls + " null experts at " + sites() + ": 0 to " + SpecRules.MOST_EXPERTS);
        } else if (router.selection() instanceof Selection.TopK top && (top.k() < 1 || top.k() > routing.rows())) {
            parameter("top-" + top.k() + " at " + sites() + " cannot choose among " + routing.experts() + " true + "
                    + nulls + " null experts: k must be 1 to " + routing.rows());
        }
        if (router.selection() instanceof Selection.TopP top && !(top.threshold() > 0 && top.threshold() <= 1)) {
            parameter("top-p " + top.threshold() + " at " + sites() + ": the threshold must be in (0, 1]");
        }
        router.balance().map(Balance::coefficient).ifPresent(this::checkCoefficient);
        return issues.all().size() == before && routing.experts() > 0;
    }

    private void checkCoefficient(Schedule coefficient) {
        if (values(coefficient).findAny().isEmpty()) {
            parameter("the balance coefficient at " + sites() + " has no value for any epoch");
        }
        if (!values(coefficient).allMatch(value -> value >= 0 && value < Double.POSITIVE_INFINITY)) {
            parameter("the balance coefficient " + Words.schedule(coefficient) + " at " + sites()
                    + " must be finite and not negative");
        }
    }

    private boolean standsWhereItCan(Router router, Training.Supervision supervision) {
        int before = issues.all().size();
        boolean onHidden = injection.roles().contains(Role.HIDDEN);
        if (router.input() == RouterInput.ACTIVATED_HIDDEN && !injection.roles().equals(List.of(Role.HIDDEN))) {
            report(
                    "E_INPUT",
                    "the router at " + sites() + " cannot read the activated hidden state: only HIDDEN has it",
                    "name HIDDEN in an on(...) of its own, or let the router read MODULE_INPUT");
        }
        if (router.input() == RouterInput.PROJECTED_PER_HEAD) {
            checkPerHead(router);
        }
        if (router.input() == RouterInput.SENTENCE && supervision == Training.Supervision.EVERYTHING) {
            report(
                    "E_INPUT",
                    "the router at " + sites()
                            + " reads the mean over the prompt, but with supervise(EVERYTHING) no token is one",
                    "supervise(ANSWERS), or route by token");
        }
        if (router.scale() != ScaleSource.OWN_ROUTER && !moe.isBeside()) {
            String whose = router.scale() == ScaleSource.HOST ? "the weights of a pretrained router" : "no weights";
            report(
                    "E_SCALE",
                    "the experts at " + sites() + " ask for " + whose + ", which only adapters beside a MoE block have",
                    "leave out scale(" + router.scale() + ")");
        }
        if (router.balance().filter(balance -> !balance.masked()).isPresent()) {
            report(
                    "E_PADDING",
                    "the balance loss at " + sites() + " is to count padding, but examples of different lengths are not"
                            + " padded here: there is none",
                    "leave out masked(false)");
        }
        moe.check(router);
        boolean vectors = injection.experts().adapter() instanceof Adapter.Ia3;
        if (vectors && router.nulls().count() > 0) {
            report(
                    "E_NULL_VECTOR",
                    "null experts beside (IA)3 vectors at " + sites() + " would multiply the module's output by 0",
                    "leave the null experts out, or use LoRA experts, which are added");
        }
        if (vectors && router.merge() == Merge.FACTORS) {
            note("N_MERGE", "merging factors or outputs of (IA)3 vectors is the same: OUTPUTS");
        }
        if (onHidden && router.input() == RouterInput.MODULE_INPUT) {
            note(
                    "N_INPUT",
                    "the router of HIDDEN reads the FFN's input; MoV's reads the activated hidden state, with input(ACTIVATED_HIDDEN)");
        }
        return issues.all().stream().skip(before).noneMatch(issue -> issue.severity() == Severity.ERROR);
    }

    /** MoV's published code: keys and values of an attention, each head weighed on its own. */
    private void checkPerHead(Router router) {
        boolean vectors = injection.experts().adapter() instanceof Adapter.Ia3;
        boolean keysAndValues = injection.roles().stream().allMatch(role -> role == Role.K || role == Role.V);
        if (!vectors || !keysAndValues) {
            report(
                    "E_INPUT",
                    "the router at " + sites() + " cannot read projected heads: that is for (IA)3 vectors on K and V",
                    "use the paper's form: MODULE_INPUT");
        } else if (router.balance().isPresent()) {
            report(
                    "E_BALANCE_CONSTANT",
                    "a router that reads projected heads, at " + sites() + ", has no balance loss",
                    "leave out balance(...)");
        }
    }

    /** Options without meaning at their defaults, so that equal models have equal plans. */
    private Router plain(Router router) {
        boolean vectors = injection.experts().adapter() instanceof Adapter.Ia3;
        Router merged = vectors ? router.merge(Merge.OUTPUTS) : router;
        NullExperts nulls = router.nulls();
        if (nulls.count() == 0) {
            Normalisation all = router.normalisation() == Normalisation.SELECTED_TRUE
                    ? Normalisation.SELECTED
                    : router.normalisation();
            return merged.nullExperts(NullExperts.NONE).normalise(all);
        }
        NullExperts.Share share = nulls.kind() == NullExperts.Kind.ZERO
                ? NullExperts.Share.RAW
                : router.normalisation() == Normalisation.SELECTED ? NullExperts.Share.OF_SELECTED : nulls.share();
        return merged.nullExperts(new NullExperts(nulls.count(), nulls.kind(), share))
                .normalise(router.normalisation());
    }

    private Router withTeachingBalance(Routing routing) {
        Router router = routing.router();
        if (router.balance().isEmpty()) {
            return router;
        }
        Balance balance = router.balance().get();
        if (!Learning.balanceIsConstant(routing)) {
            return router.balance(demanded(balance));
        }
        String why = "every expert is selected for every token, so the balance loss is a constant";
        if (balance.demanded()) {
            report(
                    "E_BALANCE_CONSTANT",
                    why + " without gradient at " + sites(),
                    "leave out balance(...), or select fewer than " + routing.rows());
        } else {
            note("N_BALANCE_DROPPED", why + ": left out");
        }
        return new Router(
                router.input(),
                router.init(),
                router.selection(),
                router.normalisation(),
                router.merge(),
                router.scale(),
                router.nulls(),
                Optional.empty());
    }

    /** Who wrote it changes nothing in the model. */
    private static Balance demanded(Balance balance) {
        return new Balance(
                balance.coefficient(), balance.scope(), balance.nullLoad(), balance.loadSum(), balance.masked(), true);
    }

    private void checkLearning(Routing routing) {
        RouterLearning learning = Learning.of(routing);
        boolean nulls = routing.router().nulls().count() > 0;
        boolean trueRowsLost = learning.trueRows() == Signal.NOTHING_TO_LEARN;
        boolean nullRowsLost = nulls && learning.nullRows() == Signal.NOTHING_TO_LEARN;
        if (trueRowsLost || nullRowsLost) {
            String rows = trueRowsLost && (nullRowsLost || !nulls)
                    ? "no row of the router"
                    : trueRowsLost ? "no row of a true expert in the router" : "no row of a null expert in the router";
            report("E_NO_PATH", rows + " at " + sites() + " gets a gradient: " + why(routing), fix(routing));
            return;
        }
        boolean trueByBalance = learning.trueRows() == Signal.BALANCE_LOSS_ONLY;
        if (trueByBalance || (nulls && learning.nullRows() == Signal.BALANCE_LOSS_ONLY)) {
            String rows = trueByBalance ? "the router learns" : "the null experts' router rows learn";
            note("N_BALANCE_ONLY", rows + " from the balance loss only: " + why(routing));
        }
    }

    private static String why(Routing routing) {
        if (routing.router().scale() == ScaleSource.HOST) {
            return "the weights are the pretrained router's, so its own reach no output";
        }
        if (routing.rows() == 1) {
            return "the probability of the only expert is always 1";
        }
        if (routing.selectsOne() && routing.router().normalisation() != Normalisation.NONE) {
            return "renormalised, the weight of the only selected expert is always 1";
        }
        return "normalised over the true experts, the null experts' logits cancel out of the output";
    }

    private static String fix(Routing routing) {
        if (routing.rows() == 1) {
            return "leave out the router: one expert needs none";
        }
        return Learning.balanceIsConstant(routing)
                ? "select fewer than " + routing.rows()
                        + " experts and give the router a balance loss, or normalise(NONE)"
                : "give the router a balance loss with a coefficient above 0, or normalise(NONE)";
    }

    private static DoubleStream values(Schedule schedule) {
        if (schedule instanceof Schedule.PerEpoch epochs) {
            return epochs.values().stream().mapToDouble(Double::doubleValue);
        }
        if (schedule instanceof Schedule.LinearOverRun line) {
            return DoubleStream.of(line.first(), line.last());
        }
        return schedule instanceof Schedule.Constant constant ? DoubleStream.of(constant.value()) : DoubleStream.of(0);
    }

    private String sites() {
        return Words.sites(injection);
    }

    private void parameter(String message) {
        issues.add(Issue.error("E_PARAM", message).at(injection.at()));
    }

    private void report(String code, String message, String fix) {
        issues.add(Issue.error(code, message).withFix(fix).at(injection.at()));
    }

    private void note(String code, String message) {
        issues.add(Issue.note(code, message).at(injection.at()));
    }
}
