package dev.graft.report;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.IfExists;
import java.nio.file.Path;
import java.util.List;

/** The pages beside a run's files. */
public final class RunPages {
    private RunPages() {}

    /** Makes report and model card. */
    public static void write(Path folder) {
        write(folder, List.of());
    }

    /**
     * Makes them, or makes them again.
     *
     * @param folder with the run's plan and metrics
     * @param layers whose experts are shown by task; none for the middle ones
     * @throws dev.graft.issue.GraftException where one of them is missing or broken
     */
    public static void write(Path folder, List<Integer> layers) {
        RunRecord run = RunRecord.read(folder);
        AtomicFile.write(folder.resolve(HtmlReport.FILE), IfExists.REPLACE, HtmlReport.of(run, layers));
        AtomicFile.write(folder.resolve(ModelCard.FILE), IfExists.REPLACE, ModelCard.of(run));
    }
}
