package dev.graft.cli;

import dev.graft.report.RunPages;
import dev.graft.runtime.train.Monitor;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Puts report and model card into a run's folder before that is published. */
record ReportingMonitor(Consumer<Path> finished) implements Monitor {
    @Override
    public void completed(Path folder) {
        RunPages.write(folder);
        finished.accept(folder);
    }
}
