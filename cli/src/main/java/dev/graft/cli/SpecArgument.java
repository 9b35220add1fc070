package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Surgeon;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A spec, its base and what the command line changes in it: everything a plan is made of. */
final class SpecArgument {
    @Parameters(
            paramLabel = "SPEC",
            description = "A Java file with a public class that implements dev.graft.dsl.Spec, a spec as JSON, or a"
                    + " sample's name.")
    @SuppressWarnings("NullAway.Init")
    private String spec;

    @Option(
            names = "--base",
            paramLabel = BaseName.LABEL,
            description = "The checkpoint: " + BaseName.MEANING + "; by default the one that the spec names.")
    private @Nullable String base;

    @ArgGroup(
            exclusive = false,
            validate = false,
            heading = "%nTraining settings; they replace the spec's and enter the plan's hash:%n")
    private Overrides overrides = new Overrides();

    /** The checkpoint and the plan for it. */
    record Planned(Checkpoint base, InjectionPlan plan) {}

    Planned plan(Terminal terminal) {
        return plan(spec, terminal);
    }

    /** The same for another spec, with the same base and overrides. */
    Planned plan(String otherSpec, Terminal terminal) {
        SpecFile file = SpecFile.load(otherSpec);
        Checkpoint checkpoint = Home.checkpoint(base(file), terminal);
        return new Planned(checkpoint, Surgeon.plan(overrides.apply(file.surgery()), checkpoint));
    }

    private String base(SpecFile file) {
        String asked = base;
        if (asked != null) {
            return asked;
        }
        return file.base()
                .orElseThrow(() -> new GraftException(Issue.error("E_USAGE", "'" + spec + "' names no base of its own")
                        .withFix("say --base " + BaseName.LABEL + ": " + BaseName.MEANING)));
    }
}
