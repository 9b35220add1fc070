package dev.graft.report;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.IfExists;
import java.nio.file.Path;

/** The pages beside a run's files. */
public final class RunPages {
    private RunPages() {}

    /**
     * Makes report and model card, or makes them again.
     *
     * @param folder with the run's plan and metrics
     * @throws dev.graft.issue.GraftException where one of them is missing or broken
     */
    public static void write(Path folder) {
        RunRecord run = RunRecord.read(folder);
        AtomicFile.write(folder.resolve(HtmlReport.FILE), IfExists.REPLACE, HtmlReport.of(run));
        AtomicFile.write(folder.resolve(ModelCard.FILE), IfExists.REPLACE, ModelCard.of(run));
    }
}
