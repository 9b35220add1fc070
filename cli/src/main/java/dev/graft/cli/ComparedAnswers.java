package dev.graft.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.FileProblem;
import dev.graft.checkpoint.IfExists;
import dev.graft.runtime.evaluate.TaskScores;
import dev.graft.surgery.InjectionPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/** What the models of a comparison answer to its questions; kept in {@code tasks.json} beside each, so that none is asked twice. */
final class ComparedAnswers {
    private static final String FILE = "tasks.json";

    private final HeldOutQuestions questions;

    ComparedAnswers(HeldOutQuestions questions) {
        this.questions = questions;
    }

    /** The share of right answers, 0 to 1, of a finished run's model. */
    double adapted(InjectionPlan plan, Path run) {
        int threads = plan.surgery().training().threads();
        return share(run, () -> questions.adapted(GeneratedProgram.of(plan), run, threads));
    }

    /** The same of the base as it is. */
    double untouched(int threads, Path folder) {
        return share(folder, () -> questions.untouched(threads));
    }

    private static double share(Path folder, Supplier<TaskScores> ask) {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            AtomicFile.write(file, IfExists.REPLACE, new TaskTable(ask.get()).json());
        }
        try {
            return new ObjectMapper().readTree(file.toFile()).path("mean").doubleValue();
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
    }
}
