package dev.graft.cli;

import dev.graft.report.HtmlReport;
import dev.graft.report.ModelCard;
import dev.graft.report.RunPages;
import dev.graft.runtime.train.ExitCode;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Makes the report again. */
@Command(
        name = "report",
        header = "Make a run's report and model card again from the files in its folder.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ReportCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "RUN", description = "The folder that a run wrote.")
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    ReportCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        RunPages.write(folder);
        terminal.out().println(folder.resolve(HtmlReport.FILE));
        terminal.out().println(folder.resolve(ModelCard.FILE));
        return ExitCode.DONE;
    }
}
