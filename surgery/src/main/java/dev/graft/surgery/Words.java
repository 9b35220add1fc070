package dev.graft.surgery;

import dev.graft.catalog.ModelShape;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Experts;
import dev.graft.dsl.Injection;
import dev.graft.dsl.Merge;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.ScaleSource;
import dev.graft.dsl.Schedule;
import dev.graft.dsl.Selection;
import dev.graft.surgery.Site.Merging;
import dev.graft.surgery.Site.RouterLearning;
import dev.graft.surgery.Site.Signal;
import dev.graft.surgery.Site.Start;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** How messages, the plan's text and the difference of two plans put things. */
final class Words {
    private Words() {}

    /** {@code attention q, k}. */
    static String sites(Injection injection) {
        return injection.block().word() + " " + roles(injection.roles());
    }

    /** {@code q, k}. */
    static String roles(Collection<Role> roles) {
        return roles.stream().map(Words::role).collect(Collectors.joining(", "));
    }

    static String role(Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }

    /** Everything that is said of a treatment but its line, by what it is about. */
    static Map<String, String> facts(Treatment treatment) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("experts", experts(treatment.experts()));
        treatment.router().ifPresent(router -> {
            facts.put("router", router(router, treatment.experts().count()));
            if (!router.hasRows()) {
                return;
            }
            load(new Routing(treatment.experts().count(), router)).ifPresent(load -> facts.put("load", load));
            router.balance().ifPresent(balance -> facts.put("balance", balance(balance, router.nulls())));
        });
        treatment
                .learning()
                .ifPresent(learning -> facts.put(
                        "learning", learning(learning, treatment.router().orElseThrow())));
        facts.put("start", start(treatment.start()));
        facts.put("merge", merging(treatment.merging()));
        return facts;
    }

    static String experts(Experts experts) {
        String kind = kind(experts);
        if (experts.adapter() instanceof Adapter.Unchanged) {
            return kind;
        }
        if (experts.adapter() instanceof Adapter.Lora lora) {
            String start = switch (lora.init()) {
                case NORMAL -> "A ~ N(0, 0.02^2), B = 0";
                case KAIMING_UNIFORM -> "A uniform on +-1/sqrt(d), B = 0";
                case NEAR_ZERO -> "A ~ N(0, 2/r), B ~ 1e-6 N(0, 1)";
            };
            return kind + dropout(lora.dropout()) + "; " + start;
        }
        return experts.adapter() instanceof Adapter.Parallel parallel
                ? kind + dropout(parallel.dropout()) + "; W1 ~ N(0, 2/r), W2 ~ 1e-6 N(0, 1)"
                : kind + "; ones";
    }

    private static String dropout(double probability) {
        return probability == 0 ? "" : ", dropout " + number(probability);
    }

    /** What the experts compute, without what only training sees. */
    static String kind(Experts experts) {
        String each = experts.count() == 1 ? "one " : experts.count() + " x ";
        if (experts.adapter() instanceof Adapter.Unchanged) {
            return "unchanged";
        }
        if (experts.adapter() instanceof Adapter.Lora lora) {
            return each + "LoRA of rank " + lora.rank() + ", alpha " + number(lora.alpha());
        }
        return experts.adapter() instanceof Adapter.Parallel parallel
                ? each + "parallel adapter of rank " + parallel.rank()
                : each + "(IA)3 vector";
    }

    static String router(Router router, int experts) {
        if (router.selection() instanceof Selection.Pretrained) {
            return "none of its own: each expert has the weight that the pretrained router gives its expert";
        }
        if (router.scale() == ScaleSource.NONE) {
            return "none: every expert is on, with weight 1";
        }
        NullExperts nulls = router.nulls();
        String over = nulls.count() == 0
                ? experts + " experts"
                : experts + " true + " + nulls.count() + " "
                        + nulls.kind().name().toLowerCase(Locale.ROOT) + " null experts";
        String weights = switch (router.normalisation()) {
            case NONE -> "their probabilities";
            case AS_PRETRAINED -> "as pretrained";
            case SELECTED -> "probabilities over the selected";
            case SELECTED_TRUE -> "probabilities over the selected true";
        };
        String share = nulls.count() == 0 || nulls.kind() == NullExperts.Kind.ZERO
                ? ""
                : nulls.share() == NullExperts.Share.RAW
                        ? ", nulls add their probability of x"
                        : ", nulls add their share of the selected of x";
        String reads = switch (router.input()) {
            case MODULE_INPUT -> "reads the module's input";
            case PROJECTED_PER_HEAD -> "reads each projected head";
            case ACTIVATED_HIDDEN -> "reads the activated hidden state";
            case SENTENCE -> "reads the mean of the prompt, one mixture a sequence";
        };
        String merge = router.merge() == Merge.FACTORS ? ", averages factors" : "";
        String scale =
                router.scale() == ScaleSource.OWN_ROUTER ? "" : ", scaled by the pretrained router's largest weights";
        return router.selection() + " of " + over + ", weights: " + weights + share + merge + scale + "; " + reads;
    }

    /** True experts per token; empty where it never changes. */
    static Optional<String> load(Routing routing) {
        if (routing.selectsAll()) {
            return Optional.empty();
        }
        String balanced = String.format(Locale.ROOT, "%.2f", routing.balancedLoad());
        return Optional.of(balanced + " true experts per token if balanced, at most " + routing.worstLoad());
    }

    static String balance(Balance balance, NullExperts nulls) {
        String pool =
                balance.scope() == Balance.Scope.ALL_LAYERS ? "all layers in one pool" : "one pool a layer, summed";
        String load = nulls.count() < 2
                ? ""
                : balance.nullLoad() == Balance.NullLoad.AVERAGED ? ", null load averaged" : ", null load distinct";
        String sum = balance.loadSum() == Balance.LoadSum.SELECTED ? "" : ", load sums to 1";
        return schedule(balance.coefficient()) + "; " + pool + load + sum;
    }

    static String learning(RouterLearning learning, Router router) {
        if (router.nulls().count() == 0 || learning.trueRows() == learning.nullRows()) {
            return "all rows from " + signal(learning.trueRows());
        }
        return "true rows from " + signal(learning.trueRows()) + ", null rows from " + signal(learning.nullRows());
    }

    private static String signal(Signal signal) {
        return switch (signal) {
            case LM_LOSS -> "the LM loss";
            case BALANCE_LOSS_ONLY -> "the balance loss only";
            case NOTHING_TO_LEARN -> "nothing";
        };
    }

    static String start(Start start) {
        String word = switch (start.identity()) {
            case EXACT -> "exactly the base";
            case ROUNDING -> "the base to rounding";
            case NO -> "not the base";
        };
        return word + ": " + start.why();
    }

    static String merging(Merging merging) {
        return (merging.possible() ? "folds into the weight: " : "no: ") + merging.why();
    }

    static String schedule(Schedule schedule) {
        if (schedule instanceof Schedule.PerEpoch epochs) {
            return epochs.values().stream().map(Words::number).collect(Collectors.joining(", then ")) + " by epoch";
        }
        if (schedule instanceof Schedule.LinearOverRun line) {
            return number(line.first()) + " to " + number(line.last()) + " over the run";
        }
        return schedule instanceof Schedule.Constant constant ? number(constant.value()) : schedule.toString();
    }

    /** What is said of a pretrained router, by what it is about. */
    static Map<String, String> facts(HostRouter host, ModelShape.Moe base) {
        Map<String, String> facts = new LinkedHashMap<>();
        Router router = host.router();
        facts.put("decides", router(router, host.experts()));
        String before = router(base.router(), base.experts());
        if (!before.equals(facts.get("decides"))) {
            facts.put("was", before);
        }
        if (host.added() > 0) {
            facts.put("null rows", nullRows(router, host));
        }
        load(new Routing(host.experts(), router)).ifPresent(load -> facts.put("load", load));
        facts.put(
                "balance",
                router.balance()
                        .map(balance -> balance(balance, router.nulls()))
                        .orElse("none: the pretraining's loss is off"));
        facts.put(
                "learning",
                host.learning().map(learning -> learning(learning, router)).orElse("frozen"));
        facts.put("start", start(host.start()));
        return facts;
    }

    private static String copies(HostRouter host) {
        int copies = host.added() / host.experts();
        return copies == 1 ? "a whole copy" : copies + " whole copies";
    }

    private static String nullRows(Router router, HostRouter host) {
        return switch (router.init()) {
            case TILED -> "the router's own rows, " + copies(host);
            case FIRST_ROWS ->
                "the router's own rows, " + copies(host) + ", then the first " + host.added() % host.experts();
            case NORMAL, KAIMING_UNIFORM -> "N(0, 0.02^2)";
        };
    }

    /** Without a trailing zero, and without an exponent down to a hundred-thousandth. */
    static String number(double value) {
        boolean plain = value == 0 || (Math.abs(value) >= 1e-5 && Math.abs(value) < 1e9);
        return plain
                ? new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString()
                : Double.toString(value);
    }
}
