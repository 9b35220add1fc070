package dev.graft.cli;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.OutputFolder;
import dev.graft.runtime.adapter.AdapterFile;
import dev.graft.runtime.adapter.AdapterHeader;
import dev.graft.runtime.adapter.BaseIdentity;
import dev.graft.runtime.train.ExitCode;
import dev.graft.runtime.train.StartAdapter;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.PlanJson;
import dev.graft.surgery.SurgeryJson;
import dev.graft.surgery.peft.PeftAdapter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Reads an adapter of PEFT. */
@Command(
        name = "import",
        header = "Make a Graft adapter from a LoRA or (IA)3 adapter of Hugging Face PEFT.",
        description = "Derives the spec from adapter_config.json and the tensors, plans it on the base, and leaves"
                + " adapter.safetensors and plan.json, which every command takes as --adapter. What PEFT can do and Graft can't"
                + " (DoRA, modules_to_save and others) is refused by name.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Examples:",
            "  graft import --base models/llama --adapter my-peft --out my-adapter",
            "  graft eval --base models/llama --adapter my-adapter --data validation.txt"
        })
final class ImportCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Option(
            names = "--base",
            required = true,
            paramLabel = BaseName.LABEL,
            description = "The checkpoint that the adapter was trained on: " + BaseName.MEANING
                    + ". PEFT does not record which one that was: only names and shapes are checked.")
    @SuppressWarnings("NullAway.Init")
    private String base;

    @Option(
            names = "--adapter",
            required = true,
            paramLabel = "FOLDER",
            description = "What PEFT's save_pretrained wrote.")
    @SuppressWarnings("NullAway.Init")
    private Path adapter;

    @Mixin
    private final AdapterOutput out = new AdapterOutput();

    ImportCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Checkpoint checkpoint = Home.checkpoint(base, terminal);
        PeftAdapter peft = PeftAdapter.open(adapter, checkpoint);
        InjectionPlan plan = peft.plan();
        StartAdapter values = new StartAdapter(FlatValues.of(plan, peft::floats));
        AdapterHeader header = new AdapterHeader(
                plan.modelHash(),
                plan.planHash(),
                0,
                SurgeryJson.write(plan.surgery()),
                BaseIdentity.of(checkpoint),
                values.hash());
        try (OutputFolder output = out.create(adapter)) {
            AdapterFile.write(
                    output.path().resolve(AdapterFile.NAME),
                    IfExists.REFUSE,
                    header,
                    GeneratedProgram.of(plan).layout(),
                    values.values());
            AtomicFile.write(output.path().resolve("plan.json"), IfExists.REFUSE, PlanJson.write(plan));
            output.publish();
        }
        terminal.out().println(plan.budget().line());
        terminal.out().println("adapter and plan are in " + out.folder);
        return ExitCode.DONE;
    }
}
