package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.runtime.model.DrawnRows;
import dev.graft.runtime.train.ExitCode;
import dev.graft.surgery.weights.Merge;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Folds an adapter into its base. */
@Command(
        name = "merge",
        header = "Write a checkpoint with a trained adapter folded into its weights.",
        description =
                "Folds LoRA and (IA)3 into the weights, expert by expert in MoE blocks, and a router with its null"
                        + " experts' rows into one tensor: in fp32, rounded once to the stored type. Files without a changed tensor"
                        + " are linked; the base is never written to. What a router weighs anew for each token can't be folded and is"
                        + " refused; graft plan says so of each site.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Examples:",
            "  graft merge --base tiny-llama --adapter my-run --out merged",
            "  graft merge --base models/mixtral --adapter my-run/adapter-best.safetensors --out merged --copy"
        })
final class MergeCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final AdapterArgument adapter = new AdapterArgument();

    @Mixin
    private final CheckpointOutput out = new CheckpointOutput();

    MergeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Checkpoint checkpoint = adapter.base(terminal);
        AdapterPlan adapted = adapter.on(checkpoint);
        try (DrawnRows drawn = new DrawnRows()) {
            Merge merge = Merge.of(adapted.plan(), checkpoint, adapted.adapter().file(), drawn::draw);
            merge.write(out.folder, out.ifExists(), out.reuse());
            terminal.out()
                    .println(out.folder + ": " + merge.changed().size() + " of "
                            + checkpoint.tensors().size() + " tensors changed");
        }
        return ExitCode.DONE;
    }
}
