package dev.graft.surgery;

import dev.graft.dsl.Adapter;
import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Experts;
import dev.graft.dsl.Injection;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training;
import dev.graft.issue.CallSite;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.util.regex.Pattern;

/** What a spec may say, whatever the model. */
final class SpecRules {
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*");
    private static final int LONGEST_NAME = 64;

    /** Far above any published mixture; keeps every count of a plan within 64 bits. */
    static final int MOST_EXPERTS = 1 << 16;

    private SpecRules() {}

    static void check(Surgery surgery, Issues issues) {
        checkName(surgery.name(), issues);
        surgery.everything().ifPresent(at -> checkEverything(surgery, at, issues));
        if (surgery.injections().isEmpty() && surgery.everything().isEmpty()) {
            issues.add(Issue.error("E_NO_MATCH", "the surgery '" + surgery.name() + "' adapts nothing")
                    .withFix("name sites: layers(all(), layer -> layer.attention(a -> a.on(Q, V).lora(8)))"));
        }
        for (Injection injection : surgery.injections()) {
            if (injection.roles().isEmpty()) {
                issues.add(Issue.error(
                                "E_NO_MATCH",
                                "a sentence on " + injection.block().word() + " names no role")
                        .at(injection.at()));
            }
            checkExperts(injection, issues);
        }
        TrainingRules.check(surgery, issues);
    }

    private static void checkEverything(Surgery surgery, CallSite at, Issues issues) {
        if (!surgery.injections().isEmpty()) {
            issues.add(
                    Issue.error("E_PARAM", "trainEverything() leaves no frozen weight for an adapter to stand beside")
                            .withFix("take it or the adapters out of the spec")
                            .at(at));
        }
        if (surgery.training().precision() != Training.Precision.FP32) {
            issues.add(Issue.error(
                            "E_PARAM", "trainEverything() runs in fp32: its weights are the fp32 values that it trains")
                    .withFix("say training(t -> t.precision(FP32)), or --precision fp32")
                    .at(at));
        }
    }

    private static void checkName(String name, Issues issues) {
        if (name.length() > LONGEST_NAME || !NAME.matcher(name).matches()) {
            String shown = name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "…" : name;
            issues.add(
                    Issue.error("E_NAME", "'" + shown + "' is no name for a surgery")
                            .withFix(
                                    "at most " + LONGEST_NAME
                                            + " letters, digits and single hyphens between them, a letter first: classes are named after it"));
        }
    }

    private static void checkExperts(Injection injection, Issues issues) {
        int experts = injection.experts().count();
        boolean forEach = experts == Experts.FOR_EACH && injection.block() == BlockKind.MOE;
        require(
                forEach || (experts >= 1 && experts <= MOST_EXPERTS),
                experts + " experts",
                "1 to " + MOST_EXPERTS,
                injection,
                issues);
        Adapter adapter = injection.experts().adapter();
        if (adapter instanceof Adapter.Lora lora) {
            checkRank(lora.rank(), lora.dropout(), injection, issues);
            // The default alpha of a rank below 1 is no second mistake.
            boolean finite = lora.rank() < 1 || (lora.alpha() > 0 && lora.alpha() < Double.POSITIVE_INFINITY);
            require(finite, "alpha " + lora.alpha(), "finite and above 0", injection, issues);
        }
        if (adapter instanceof Adapter.Parallel parallel) {
            checkRank(parallel.rank(), parallel.dropout(), injection, issues);
        }
    }

    private static void checkRank(int rank, double dropout, Injection injection, Issues issues) {
        require(rank >= 1, "rank " + rank, "at least 1", injection, issues);
        require(dropout >= 0 && dropout < 1, "dropout " + dropout, "in [0, 1)", injection, issues);
    }

    private static void require(boolean holds, String what, String bounds, Injection injection, Issues issues) {
        if (!holds) {
            issues.add(Issue.error("E_PARAM", what + " at " + Words.sites(injection) + ": it must be " + bounds)
                    .at(injection.at()));
        }
    }
}
