package dev.graft.report;

import dev.graft.checkpoint.FileProblem;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.PlanJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/**
 * What a run left in its folder: the plan and what was measured.
 *
 * @param accuracy of its answers to held-out questions, 0 to 1; empty where none were asked
 */
public record RunRecord(InjectionPlan plan, Metrics metrics, OptionalDouble accuracy) {
    public static final String PLAN = "plan.json";

    /** Of a run that was asked no questions. */
    public RunRecord(InjectionPlan plan, Metrics metrics) {
        this(plan, metrics, OptionalDouble.empty());
    }

    /** The same with what came of questions that were asked afterwards. */
    public RunRecord withAccuracy(double share) {
        return new RunRecord(plan, metrics, OptionalDouble.of(share));
    }

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
