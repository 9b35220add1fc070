package dev.graft.cli;

import dev.graft.issue.GraftException;
import dev.graft.runtime.data.TaskFolder;
import dev.graft.runtime.train.DataFiles;
import dev.graft.runtime.train.RunRequest;
import dev.graft.runtime.train.RunResult;
import dev.graft.surgery.PlanJson;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains. */
@Command(
        name = "run",
        header = "Train the adapters of a spec.",
        description = "Plans the spec, generates and compiles the patched model, trains it and leaves adapter, plan,"
                + " metrics, report and model card in one folder. Ctrl-C saves the state; --resume goes on from it, and"
                + " ends with the same bytes as a run that was never interrupted (on a CPU, with the same threads).",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Examples:",
            "  graft run adamoe --data train.txt --validation validation.txt --out adapter",
            "  graft run MySpec.java --base models/llama --data train.json --out adapter --steps 60",
            "  graft run MySpec.java --base models/llama --data train.json --out adapter --resume",
            "  graft run MySpec.java --base models/llama --data more.json --out further --start adapter",
            "  graft run mov-t5 --tasks samples/data/tasks --out adapter"
        })
final class RunCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final SpecArgument spec = new SpecArgument();

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init")
    private Source source;

    @Option(
            names = "--validation",
            arity = "1..*",
            paramLabel = "FILE",
            description = "What to measure on, before, between and after the steps; of a folder of tasks the held-out"
                    + " ones.")
    private List<Path> validation = List.of();

    @Mixin
    private final DataOptions reading = new DataOptions();

    @Mixin
    private final StartOption start = new StartOption();

    @Mixin
    private final WatchOptions watch = new WatchOptions();

    @Mixin
    private final OutputOptions out = new OutputOptions();

    RunCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        SpecArgument.Planned planned = spec.plan(terminal);
        terminal.out().println(planned.plan().budget().line());
        Optional<DataFiles> measured =
                validation.isEmpty() ? Optional.empty() : Optional.of(reading.validation(validation));
        RunRequest request = new RunRequest(
                planned.base().folder(),
                reading.training(
                        source.paths(), planned.plan().surgery().training().seed()),
                measured,
                out.folder,
                out.overwrite,
                out.resume,
                out.force,
                watch.watching(),
                PlanJson.write(planned.plan()),
                Optional.empty());
        RunResult result =
                new WatchedRun(terminal).run(GeneratedProgram.of(planned.plan()), start.add(request, planned));
        return WatchedRun.tell(terminal, result);
    }

    /** Files or tasks. */
    static final class Source {
        @Option(
                names = "--data",
                required = true,
                arity = "1..*",
                paramLabel = "FILE",
                description = "What to learn from: .json and .jsonl files hold instructions, all others plain text.")
        private List<Path> files = List.of();

        @Option(
                names = "--tasks",
                required = true,
                arity = "1..*",
                paramLabel = "FOLDER",
                description = "What to learn from: the training tasks of a folder, mixed.")
        private List<Path> tasks = List.of();

        /** @throws GraftException {@code E_DATA} where a folder is to hold tasks and doesn't */
        List<Path> paths() {
            tasks.forEach(TaskFolder::require);
            return tasks.isEmpty() ? files : tasks;
        }
    }
}
