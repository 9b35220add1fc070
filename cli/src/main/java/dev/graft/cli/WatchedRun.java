package dev.graft.cli;

import dev.graft.runtime.train.ExitCode;
import dev.graft.runtime.train.Interruption;
import dev.graft.runtime.train.Monitor;
import dev.graft.runtime.train.Monitors;
import dev.graft.runtime.train.Program;
import dev.graft.runtime.train.RunRequest;
import dev.graft.runtime.train.RunResult;
import dev.graft.runtime.train.Trainer;
import dev.graft.runtime.train.Watching;
import dev.graft.surgery.PlanJson;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A run that shows its progress, leaves a report, and saves its state when the process is told to end. */
final class WatchedRun {
    private final Terminal terminal;
    private final String resuming;

    WatchedRun(Terminal terminal) {
        this(terminal, "--resume");
    }

    /** @param resuming what an interrupted run goes on with */
    WatchedRun(Terminal terminal, String resuming) {
        this.terminal = terminal;
        this.resuming = resuming;
    }

    RunResult run(Program program, RunRequest request) {
        return run(program, request, folder -> {});
    }

    /** @param finished adds to the run's folder before it is published */
    RunResult run(Program program, RunRequest request, Consumer<Path> finished) {
        Interruption interruption = new Interruption();
        Watching counting = request.watching().flops(new PlanFlops(PlanJson.read(request.plan())));
        try (Progress progress = Progress.on(terminal)) {
            Monitor monitor = Monitors.of(progress, new EpochLoads(progress::say), new ReportingMonitor(finished));
            return interruption.onShutdown(() -> {
                RunResult result = Trainer.run(program, request.watching(counting), monitor, interruption);
                if (result.interrupted()) { // the process may end as soon as this block does
                    terminal.out()
                            .println("interrupted after step " + result.step() + "; the state is saved in "
                                    + result.folder() + "; go on with " + resuming);
                }
                return result;
            });
        }
    }

    /** @return the exit code */
    static int tell(Terminal terminal, RunResult result) {
        if (result.interrupted()) {
            return ExitCode.INTERRUPTED;
        }
        terminal.out().println("adapter, plan, metrics and report are in " + result.folder());
        return ExitCode.DONE;
    }
}
