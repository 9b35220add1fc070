package dev.graft.cli;

import dev.graft.runtime.model.DrawnRows;
import dev.graft.runtime.train.ExitCode;
import dev.graft.surgery.weights.Patch;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Writes a checkpoint with wider routers. */
@Command(
        name = "patch",
        header = "Write a checkpoint whose routers have null experts.",
        description = "Adds the rows of null experts that a spec asks for, and nothing else: new tensors in a new file,"
                + " config.json with graft_null_experts and the new top-k, all other files linked. The base is never"
                + " written to. Adapters of the spec are left to graft run. Such a checkpoint runs in Graft only.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Examples:",
            "  graft patch adamoe-mixtral --out widened",
            "  graft patch MySpec.java --base models/mixtral --out widened --copy"
        })
final class PatchCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final SpecArgument spec = new SpecArgument();

    @Mixin
    private final CheckpointOutput out = new CheckpointOutput();

    PatchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        SpecArgument.Planned planned = spec.plan(terminal);
        try (DrawnRows drawn = new DrawnRows()) {
            Patch patch = Patch.of(planned.plan(), planned.base(), drawn::draw);
            patch.write(out.folder, out.ifExists(), out.reuse());
            terminal.out()
                    .println(out.folder + ": " + patch.nulls() + " null experts in each of " + patch.routers()
                            + " routers; it runs in Graft only");
        }
        return ExitCode.DONE;
    }
}
