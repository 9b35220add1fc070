package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.codegen.GeneratedSources;
import dev.graft.dsl.Surgery;
import dev.graft.runtime.adapter.AdapterFile;
import dev.graft.runtime.data.DataSpec;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.generate.Generator;
import dev.graft.runtime.generate.Sampling;
import dev.graft.runtime.train.DataFiles;
import dev.graft.runtime.train.ExitCode;
import dev.graft.runtime.train.Metrics.LayerLoad;
import dev.graft.runtime.train.Metrics.ValidationMetrics;
import dev.graft.runtime.train.Program;
import dev.graft.runtime.train.RunRequest;
import dev.graft.runtime.train.RunResult;
import dev.graft.samples.AdaMoeMoLora;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.PlanJson;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The whole line on an embedded model: plan, source, training, measuring, text. */
@Command(
        name = "demo",
        header = "Show the whole line on an embedded model, in about a minute.",
        description = "Gives every projection of tiny-llama, a model of 3 million parameters that has read novels, four"
                + " LoRA experts and five null experts (AdaMoE), and trains it on Shakespeare.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {"", "Examples:", "  graft demo", "  graft demo --out my-demo --steps 60"})
final class DemoCommand implements Callable<Integer> {
    private static final int VALIDATION_WINDOWS = 100;
    private static final int NEW_TOKENS = 60;
    private static final String PROMPT = "KING RICHARD:\n";
    private static final Sampling SAMPLING = new Sampling(0.7, 0, 0.9, 1);

    private final Terminal terminal;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "Where everything goes; by default target/graft-demo in Graft's folder, replaced if there.")
    private Optional<Path> out = Optional.empty();

    @Option(names = "--overwrite", description = "Replace the folder of --out if it is there.")
    private boolean overwrite;

    @Mixin
    private final Overrides overrides = new Overrides();

    DemoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        AdaMoeMoLora sample = new AdaMoeMoLora();
        Checkpoint base = Home.checkpoint(sample.base().orElseThrow());
        Surgery surgery = overrides.apply(sample.define());
        InjectionPlan plan = Surgeon.plan(surgery, base);
        title("1. The plan of " + Home.source(AdaMoeMoLora.class));
        say(plan.explain().stripTrailing());

        title("2. The source of the patched model, written and compiled");
        GeneratedSources sources = GeneratedProgram.sources(plan);
        Program program = sources.load(Program.class);
        sources.java().forEach((path, text) -> say(path + ": " + text.lines().count() + " lines"));

        title("3. Before training");
        say(PROMPT + text(base, GeneratedProgram.of(Surgeon.untouched(base)), Optional.empty()));

        title("4. Training on Shakespeare");
        Path folder = out.orElseGet(Home::demo);
        RunResult result = new WatchedRun(terminal)
                .run(program, request(base, plan, folder), finished -> sources.writeTo(finished.resolve("project")));
        if (result.interrupted()) {
            return WatchedRun.tell(terminal, result);
        }

        title("5. After training");
        say(PROMPT + text(base, program, Optional.of(folder.resolve(AdapterFile.NAME))));
        say("");
        say(loads(result));

        title("Where everything is");
        say(new TextTable()
                .row("report", folder.resolve("report.html").toString())
                .row("adapter", folder.resolve(AdapterFile.NAME).toString())
                .row("plan, metrics", folder.resolve("plan.json") + ", metrics.jsonl")
                .row("source", folder.resolve("project").toString())
                .toString());
        say("Next: copy the sample, change it, and run it:");
        say("  ./graft plan " + Home.source(AdaMoeMoLora.class));
        say("  ./graft generate --base tiny-llama --adapter " + folder + " --prompt \"Enter the king.\"");
        say("  ./graft samples");
        return ExitCode.DONE;
    }

    private RunRequest request(Checkpoint base, InjectionPlan plan, Path folder) {
        DataFiles training = DataFiles.of(Home.data("shakespeare/train.txt"));
        DataFiles validation = new DataFiles(
                DataSpec.text().first(VALIDATION_WINDOWS), List.of(Home.data("shakespeare/validation.txt")));
        return RunRequest.of(base.folder(), training, folder, PlanJson.write(plan))
                .validation(validation)
                .overwrite(overwrite || out.isEmpty());
    }

    /** A few lines after the prompt. */
    private static String text(Checkpoint base, Program program, Optional<Path> adapter) {
        try (TorchEngine engine = TorchEngine.open("cpu", 0);
                Tokenizer tokenizer = Tokenizer.open(base.folder());
                LoadedModel loaded = adapter.isPresent()
                        ? LoadedModel.adapted(engine, program, base, ElementType.FP32, adapter.get())
                        : LoadedModel.untouched(engine, program, base, ElementType.FP32)) {
            int[] generated = new Generator(loaded.model(), loaded.weights())
                    .generate(
                            tokenizer.encode(PROMPT, true),
                            NEW_TOKENS,
                            SAMPLING,
                            token -> tokenizer.special().stops().contains(token),
                            token -> true);
            return tokenizer.decode(generated, true);
        }
    }

    private static String loads(RunResult result) {
        ValidationMetrics last = result.validation();
        if (last == null) {
            throw new IllegalStateException("the demo validates");
        }
        String layers = last.layers().stream()
                .map(LayerLoad::load)
                .map(load -> String.format(Locale.ROOT, "%.2f", load))
                .collect(Collectors.joining(" "));
        return String.format(
                Locale.ROOT,
                "validation loss %.3f, perplexity %.1f%nload of layers 0 to %d: %s true experts per token (mean %.2f;"
                        + " a top-2 mixture without null experts has 2)",
                last.loss(),
                last.perplexity(),
                last.layers().size() - 1,
                layers,
                last.load());
    }

    private void title(String text) {
        terminal.out().println();
        terminal.out().println("== " + text + " ==");
    }

    private void say(String text) {
        terminal.out().println(text);
    }
}
