package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.OutputFolder;
import dev.graft.runtime.train.ExitCode;
import dev.graft.surgery.peft.PeftExport;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes an adapter for PEFT. */
@Command(
        name = "export",
        header = "Write a LoRA or (IA)3 adapter in the format of Hugging Face PEFT.",
        description =
                "Writes adapter_config.json and adapter_model.safetensors, as PeftModel.from_pretrained reads them."
                        + " Mixtures, adapters inside and beside MoE blocks and changed routers have no form in PEFT: they are refused,"
                        + " all sites together.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Examples:",
            "  graft export --base models/llama --adapter my-run --out my-peft --base-name org/llama"
        })
final class ExportCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final AdapterArgument adapter = new AdapterArgument();

    @Option(
            names = "--base-name",
            paramLabel = "NAME",
            description = "What adapter_config.json calls the base, such as org/name; null without it.")
    private @Nullable String baseName;

    @Mixin
    private final AdapterOutput out = new AdapterOutput();

    ExportCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Checkpoint checkpoint = adapter.base(terminal);
        AdapterPlan adapted = adapter.on(checkpoint);
        PeftExport export =
                PeftExport.of(adapted.plan(), checkpoint, adapted.adapter().file());
        try (OutputFolder output = out.create(adapted.adapter().file().path())) {
            export.write(output.path(), Optional.ofNullable(baseName));
            output.publish();
        }
        terminal.out().println(out.folder + ": " + export.modules() + " modules, in PEFT's format");
        return ExitCode.DONE;
    }
}
