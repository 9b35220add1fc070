package dev.graft.report;

import dev.graft.checkpoint.FileProblem;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.PlanJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a run left in its folder: the plan and what was measured. */
public record RunRecord(InjectionPlan plan, Metrics metrics) {
    public static final String PLAN = "plan.json";

    /** @throws dev.graft.issue.GraftException where a file is missing or broken */
    public static RunRecord read(Path folder) {
        Path plan = folder.resolve(PLAN);
        try {
            return new RunRecord(PlanJson.read(Files.readString(plan)), Metrics.read(folder.resolve(Metrics.FILE)));
        } catch (IOException e) {
            throw FileProblem.of("read", plan, e);
        }
    }
}
