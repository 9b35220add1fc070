package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Training;
import dev.graft.runtime.adapter.AdapterFile;
import dev.graft.runtime.data.DataReader;
import dev.graft.runtime.data.Limits;
import dev.graft.runtime.data.Task;
import dev.graft.runtime.data.TaskFolder;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.evaluate.TaskEvaluation;
import dev.graft.runtime.evaluate.TaskScores;
import dev.graft.runtime.train.Program;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import java.util.List;

/** Asks models on one base the held-out questions of a folder of tasks, in fp32. */
final class HeldOutQuestions {
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

    /** Adds what decides the answers, apart from the model. */
    void addTo(ContentHash hash) {
        hash.add("tasks of at most " + questions);
        for (Task task : tasks) {
            hash.add(task.dataset() + task.templates()).add(task.questions());
        }
    }

    /** What the base as it is answers. */
    TaskScores untouched(int threads) {
        Program program = GeneratedProgram.of(Surgeon.untouched(base));
        try (TorchEngine engine = TorchEngine.open("cpu", threads);
                LoadedModel loaded = LoadedModel.untouched(engine, program, base, ElementType.FP32)) {
            return score(loaded);
        }
    }

    /** The same with a run's adapter. */
    TaskScores adapted(Program program, Path run, int threads) {
        try (TorchEngine engine = TorchEngine.open("cpu", threads);
                LoadedModel loaded =
                        LoadedModel.adapted(engine, program, base, ElementType.FP32, run.resolve(AdapterFile.NAME))) {
            return score(loaded);
        }
    }

    private TaskScores score(LoadedModel loaded) {
        Limits limits = new Limits(TOKENS, Training.TooLong.TRUNCATE, Training.Supervision.ANSWERS);
        try (Tokenizer tokenizer = Tokenizer.open(base.folder())) {
            DataReader reader = new DataReader(tokenizer, base.config().positive("vocab_size"));
            return new TaskEvaluation(tasks, reader, questions, limits).score(loaded);
        }
    }
}
