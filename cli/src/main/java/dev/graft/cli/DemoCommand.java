package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.codegen.GeneratedSources;
import dev.graft.dsl.Spec;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.NearestNames;
import dev.graft.runtime.adapter.AdapterFile;
import dev.graft.runtime.data.DataSpec;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.evaluate.AskingMonitor;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.generate.Generator;
import dev.graft.runtime.generate.Sampling;
import dev.graft.runtime.train.DataFiles;
import dev.graft.runtime.train.ExitCode;
import dev.graft.runtime.train.Program;
import dev.graft.runtime.train.RunRequest;
import dev.graft.runtime.train.RunResult;
import dev.graft.samples.Demo;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.PlanJson;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The whole line on an embedded model: plan, source, training, measuring, text. */
@Command(
        name = "demo",
        header = "Show the whole line on an embedded model, in about a minute.",
        description = "Plans a sample, writes and compiles its source, trains it on Shakespeare, and shows what came of"
                + " it. The default gives every projection of tiny-llama, a model of 3 million parameters that has read"
                + " novels, four LoRA experts and five null experts (AdaMoE).",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {"", "Examples:", "  graft demo", "  graft demo adamoe --out my-demo --steps 60"})
final class DemoCommand implements Callable<Integer> {
    private static final int NEW_TOKENS = 60;
    private static final int QUESTIONS = 200;
    private static final Sampling SAMPLING = new Sampling(0.7, 0, 0.9, 1);
    private static final double NANOS = 1e-9;

    private final Terminal terminal;

    @Parameters(
            arity = "0..1",
            paramLabel = "NAME",
            completionCandidates = Names.class,
            description = "Which one: ${COMPLETION-CANDIDATES}; by default the first.")
    private Optional<String> name = Optional.empty();

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
        long started = System.nanoTime();
        Demo demo = demo();
        Checkpoint base = Home.checkpoint(demo.base(), terminal);
        Spec shown = demo.specs().get(0);
        InjectionPlan plan = plan(shown, base);
        title("1. The plan of " + Home.source(shown.getClass()));
        say(plan.explain().stripTrailing());

        title("2. The source of the patched model, written and compiled");
        GeneratedSources sources = GeneratedProgram.sources(plan);
        Program program = sources.load(Program.class);
        sources.java().forEach((path, text) -> say(path + ": " + text.lines().count() + " lines"));

        title("3. Before training");
        say(demo.prompt() + text(demo, base, GeneratedProgram.of(Surgeon.untouched(base)), Optional.empty()));

        title("4. Training");
        Optional<HeldOutQuestions> questions =
                demo.tasks().map(folder -> new HeldOutQuestions(base, Home.data(folder), QUESTIONS));
        DemoTable table = new DemoTable(questions.map(
                asked -> accuracy(asked, plan, base, GeneratedProgram.of(Surgeon.untouched(base)), Optional.empty())));
        for (Spec spec : demo.specs()) {
            InjectionPlan each = plan(spec, base);
            Path folder = folder(demo, each);
            say(each.surgery().name() + ": " + each.budget().line());
            long begun = System.nanoTime();
            GeneratedSources source = GeneratedProgram.sources(each);
            Program patched = source.load(Program.class);
            RunResult result = new WatchedRun(terminal)
                    .run(
                            patched,
                            request(demo, base, each, folder),
                            finished -> source.writeTo(finished.resolve("project")));
            if (result.interrupted()) {
                return WatchedRun.tell(terminal, result);
            }
            table.add(new DemoTable.Row(
                    each.surgery().name(),
                    each.budget(),
                    Objects.requireNonNull(result.before(), "a demo validates"),
                    Objects.requireNonNull(result.validation(), "a demo validates"),
                    questions.map(asked ->
                            accuracy(asked, plan, base, patched, Optional.of(folder.resolve(AdapterFile.NAME)))),
                    seconds(begun)));
        }

        title("5. After training");
        Path folder = folder(demo, plan);
        say(demo.prompt() + text(demo, base, program, Optional.of(folder.resolve(AdapterFile.NAME))));
        say("");
        say(table.headline());
        say("");
        say(table.toString().stripTrailing());
        say(String.format(Locale.ROOT, "the demo took %.0f seconds", seconds(started)));
        sayWhereEverythingIs(demo, shown, folder);
        return ExitCode.DONE;
    }

    private Demo demo() {
        String asked = name.orElseGet(() -> Demo.names().get(0));
        return Demo.named(asked)
                .orElseThrow(() -> new GraftException(Issue.error("E_USAGE", "there is no demo '" + asked + "'")
                        .withCandidates(NearestNames.of(asked, Demo.names()))
                        .withFix("the demos are: " + String.join(", ", Demo.names()))));
    }

    private InjectionPlan plan(Spec spec, Checkpoint base) {
        return Surgeon.plan(overrides.apply(spec.define()), base);
    }

    /** Of one spec's run: the demo's own folder where there is only one. */
    private Path folder(Demo demo, InjectionPlan plan) {
        Path folder = out.orElseGet(Home::demo);
        return demo.specs().size() == 1
                ? folder
                : folder.resolveSibling(
                        folder.getFileName() + "-" + plan.surgery().name());
    }

    private RunRequest request(Demo demo, Checkpoint base, InjectionPlan plan, Path folder) {
        DataFiles validation =
                new DataFiles(DataSpec.text().first(demo.windows()), List.of(Home.data(demo.validation())));
        return RunRequest.of(base.folder(), DataFiles.of(Home.data(demo.training())), folder, PlanJson.write(plan))
                .validation(validation)
                .overwrite(overwrite || out.isEmpty());
    }

    /** A few lines after the prompt. */
    private static String text(Demo demo, Checkpoint base, Program program, Optional<Path> adapter) {
        try (TorchEngine engine = TorchEngine.open("cpu", 0);
                Tokenizer tokenizer = Tokenizer.open(base.folder());
                LoadedModel loaded = load(engine, base, program, adapter)) {
            int[] generated = new Generator(loaded.model(), loaded.weights())
                    .generate(
                            tokenizer.encodePrompt(demo.prompt(), true),
                            NEW_TOKENS,
                            SAMPLING,
                            token -> tokenizer.special().stops().contains(token),
                            token -> true);
            return tokenizer.decode(generated, true);
        }
    }

    private static double accuracy(
            HeldOutQuestions questions, InjectionPlan plan, Checkpoint base, Program program, Optional<Path> adapter) {
        try (TorchEngine engine =
                        TorchEngine.open("cpu", plan.surgery().training().threads());
                LoadedModel loaded = load(engine, base, program, adapter)) {
            return questions.score(loaded, AskingMonitor.SILENT).mean();
        }
    }

    private static LoadedModel load(TorchEngine engine, Checkpoint base, Program program, Optional<Path> adapter) {
        return adapter.map(file -> LoadedModel.adapted(engine, program, base, ElementType.FP32, file))
                .orElseGet(() -> LoadedModel.untouched(engine, program, base, ElementType.FP32));
    }

    private void sayWhereEverythingIs(Demo demo, Spec shown, Path folder) {
        title("Where everything is");
        say(new TextTable()
                .row("report", folder.resolve("report.html").toString())
                .row("adapter", folder.resolve(AdapterFile.NAME).toString())
                .row("plan, metrics", folder.resolve("plan.json") + ", metrics.jsonl")
                .row("source", folder.resolve("project").toString())
                .toString());
        say("Next: copy the sample, change it, and run it:");
        say("  ./graft plan " + Home.source(shown.getClass()));
        say("  ./graft generate --base " + demo.base() + " --adapter " + folder + " --prompt \"Enter the king.\"");
        say("  ./graft samples");
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) * NANOS;
    }

    private void title(String text) {
        terminal.out().println();
        terminal.out().println("== " + text + " ==");
    }

    private void say(String text) {
        terminal.out().println(text);
    }

    /** The demos, for the help. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Demo.names().iterator();
        }
    }
}
