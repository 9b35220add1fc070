package dev.graft.cli;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.IfExists;
import dev.graft.dsl.Training;
import dev.graft.report.Score;
import dev.graft.report.TaskPages;
import dev.graft.runtime.data.DataReader;
import dev.graft.runtime.data.Limits;
import dev.graft.runtime.data.Task;
import dev.graft.runtime.data.TaskFolder;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.evaluate.AskingMonitor;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.evaluate.TaskEvaluation;
import dev.graft.runtime.evaluate.TaskScores;
import java.nio.file.Path;
import java.util.List;

/** The held-out questions of a folder of tasks, by rank classification. */
final class HeldOutQuestions implements ComparedQuestions {
    private static final int TOKENS = 256;

    private final Checkpoint base;
    private final List<Task> tasks;
    private final int questions;

    /** @param questions of each task at most; 0 for all */
    HeldOutQuestions(Checkpoint base, Path folder, int questions) {
        this.base = base;
        this.tasks = TaskFolder.read(folder).of(Task.Split.HELD_OUT);
        this.questions = questions;
    }

    @Override
    public void addTo(ContentHash hash) {
        hash.add("tasks of at most " + questions);
        for (Task task : tasks) {
            hash.add(task.dataset() + task.templates()).add(task.questions());
        }
    }

    /** The mean over the data sets; {@code tasks.json} has what it comes from. */
    @Override
    public List<Score> ask(LoadedModel loaded, Path folder, AskingMonitor monitor) {
        TaskScores scores = score(loaded, monitor);
        AtomicFile.write(folder.resolve(TaskPages.SOURCE), IfExists.REPLACE, new TaskTable(scores).json());
        return List.of(Score.share("accuracy", scores.mean()));
    }

    @Override
    public List<Score> constant() {
        return List.of();
    }

    /** By data set and template. */
    TaskScores score(LoadedModel loaded, AskingMonitor monitor) {
        Limits limits = new Limits(TOKENS, Training.TooLong.TRUNCATE, Training.Supervision.ANSWERS);
        try (Tokenizer tokenizer = Tokenizer.open(base.folder())) {
            DataReader reader = new DataReader(tokenizer, base.config().positive("vocab_size"));
            return new TaskEvaluation(tasks, reader, questions, limits).score(loaded, monitor);
        }
    }
}
