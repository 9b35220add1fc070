package dev.graft.cli;

import dev.graft.report.RunPages;
import dev.graft.runtime.train.Metrics.RunStart;
import dev.graft.runtime.train.Metrics.StepMetrics;
import dev.graft.runtime.train.Metrics.ValidationMetrics;
import dev.graft.runtime.train.Monitor;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Passes on what a run does, and puts report and model card into its folder before that is published. */
record ReportingMonitor(Monitor progress, Consumer<Path> finished) implements Monitor {
    @Override
    public void started(RunStart start) {
        progress.started(start);
    }

    @Override
    public void stepped(StepMetrics step) {
        progress.stepped(step);
    }

    @Override
    public void validated(ValidationMetrics validation) {
        progress.validated(validation);
    }

    @Override
    public void saved(long step) {
        progress.saved(step);
    }

    @Override
    public void completed(Path folder) {
        progress.completed(folder);
        RunPages.write(folder);
        finished.accept(folder);
    }
}
