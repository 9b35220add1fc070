package dev.graft.surgery;

import dev.graft.dsl.Adapter;
import dev.graft.dsl.Injection;
import dev.graft.dsl.Surgery;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.util.regex.Pattern;

/** What a spec may say, whatever the model. */
final class SpecRules {
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*");
    private static final int LONGEST_NAME = 64;

    private SpecRules() {}

    static void check(Surgery surgery, Issues issues) {
        checkName(surgery.name(), issues);
        if (surgery.injections().isEmpty()) {
            issues.add(Issue.error("E_NO_MATCH", "the surgery '" + surgery.name() + "' adapts nothing")
                    .withFix("name sites: layers(all(), layer -> layer.attention(a -> a.on(Q, V).lora(8)))"));
        }
        for (Injection injection : surgery.injections()) {
            checkExperts(injection, issues);
        }
        TrainingRules.check(surgery.training(), issues);
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
        String sites = InjectionWords.sites(injection);
        if (injection.experts().count() < 1) {
            issues.add(Issue.error("E_PARAM", injection.experts().count() + " experts at " + sites + ": at least 1")
                    .at(injection.at()));
        }
        Adapter adapter = injection.experts().adapter();
        if (adapter instanceof Adapter.Lora lora) {
            checkRank(lora.rank(), injection, issues);
            checkDropout(lora.dropout(), injection, issues);
            if (!(lora.alpha() > 0) || Double.isInfinite(lora.alpha())) {
                issues.add(
                        Issue.error("E_PARAM", "alpha " + lora.alpha() + " at " + sites + " must be finite and above 0")
                                .at(injection.at()));
            }
        }
        if (adapter instanceof Adapter.Parallel parallel) {
            checkRank(parallel.rank(), injection, issues);
            checkDropout(parallel.dropout(), injection, issues);
        }
    }

    private static void checkRank(int rank, Injection injection, Issues issues) {
        if (rank < 1) {
            issues.add(Issue.error(
                            "E_PARAM",
                            "rank " + rank + " at " + InjectionWords.sites(injection) + " must be at least 1")
                    .at(injection.at()));
        }
    }

    private static void checkDropout(double dropout, Injection injection, Issues issues) {
        if (!(dropout >= 0 && dropout < 1)) {
            issues.add(Issue.error(
                            "E_PARAM",
                            "dropout " + dropout + " at " + InjectionWords.sites(injection) + " must be in [0, 1)")
                    .at(injection.at()));
        }
    }
}
