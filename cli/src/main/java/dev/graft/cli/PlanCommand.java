package dev.graft.cli;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.IfExists;
import dev.graft.runtime.train.ExitCode;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.PlanDiff;
import dev.graft.surgery.PlanJson;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Resolves a spec and shows the plan. */
@Command(
        name = "plan",
        header = "Show what a spec does to a checkpoint: sites, shapes, routers, budgets.",
        description = "Reads the checkpoint's headers only, in milliseconds. Everything that is wrong with the spec is"
                + " reported at once, with its line.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Examples:",
            "  graft plan adamoe                                  a sample, on the checkpoint that it names",
            "  graft plan MySpec.java --base models/llama --json plan.json",
            "  graft plan MySpec.java --base models/llama --lr 1e-4 --diff plan.json",
            "",
            "With --diff the exit code is 1 if the plans differ."
        })
final class PlanCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final SpecArgument spec = new SpecArgument();

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Write the plan as JSON to this file, replacing it, or with - to the standard output.")
    private @Nullable String json;

    @Option(
            names = "--diff",
            paramLabel = "OTHER",
            description =
                    "Show how this plan differs from another, given as a plan's JSON or as a spec for the same base.")
    private @Nullable String other;

    PlanCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        InjectionPlan plan = spec.plan(terminal).plan();
        String file = json;
        if (file != null && !file.equals("-")) {
            AtomicFile.write(Path.of(file), IfExists.REPLACE, PlanJson.write(plan));
        }
        String compared = other;
        if (compared != null) {
            return diff(compared, plan);
        }
        terminal.out()
                .println(
                        "-".equals(file)
                                ? PlanJson.write(plan).stripTrailing()
                                : plan.explain().stripTrailing());
        return ExitCode.DONE;
    }

    private int diff(String compared, InjectionPlan plan) {
        PlanDiff diff = PlanDiff.between(before(compared), plan);
        terminal.out()
                .println(
                        diff.isEmpty()
                                ? "the plans are the same"
                                : diff.toString().stripTrailing());
        return diff.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }

    private InjectionPlan before(String compared) {
        if (compared.endsWith(".json")) {
            Path file = Path.of(compared);
            String text = SpecFile.text(file);
            if (text.contains("\"planHash\"")) {
                return SpecFile.inFile(file, () -> PlanJson.read(text));
            }
        }
        return spec.plan(compared, terminal).plan();
    }
}
