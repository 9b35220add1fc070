package dev.graft.report;

import dev.graft.checkpoint.FileProblem;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.PlanJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a run left in its folder: the plan and what was measured.
 *
 * @param scores of its answers to questions; empty where none were asked
 */
public record RunRecord(InjectionPlan plan, Metrics metrics, List<Score> scores) {
    public static final String PLAN = "plan.json";

    public RunRecord {
        scores = List.copyOf(scores);
    }

    /** Of a run that was asked no questions. */
    public RunRecord(InjectionPlan plan, Metrics metrics) {
        this(plan, metrics, List.of());
    }

    /** The same with what came of questions that were asked afterwards. */
    public RunRecord with(List<Score> asked) {
        return new RunRecord(plan, metrics, asked);
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
