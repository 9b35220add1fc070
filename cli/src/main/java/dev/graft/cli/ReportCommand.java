package dev.graft.cli;

import dev.graft.report.HtmlReport;
import dev.graft.report.ModelCard;
import dev.graft.report.RunPages;
import dev.graft.report.RunRecord;
import dev.graft.report.TaskPages;
import dev.graft.runtime.train.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes the report again. */
@Command(
        name = "report",
        header = "Make reports again from the files in a folder.",
        description =
                "Of a run: report.html and the model card README.md. Of an evaluation on tasks (eval --tasks --out):"
                        + " tasks.html. Both show how much each expert counts for each task, where tasks were measured.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ReportCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "FOLDER", description = "What a run or an evaluation wrote.")
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Option(
            names = "--layer",
            paramLabel = "N",
            description =
                    "Layer whose experts are shown by task, numbered through, an encoder's layers first; may be repeated,"
                            + " by default the middle one of each stack.")
    private List<Integer> layers = List.of();

    ReportCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        boolean tasks = Files.exists(folder.resolve(TaskPages.SOURCE));
        if (tasks) {
            TaskPages.write(folder, layers);
            terminal.out().println(folder.resolve(TaskPages.FILE));
        }
        if (!tasks || Files.exists(folder.resolve(RunRecord.PLAN))) {
            RunPages.write(folder, layers);
            terminal.out().println(folder.resolve(HtmlReport.FILE));
            terminal.out().println(folder.resolve(ModelCard.FILE));
        }
        return ExitCode.DONE;
    }
}
