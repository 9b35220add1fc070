package dev.graft.cli;

import dev.graft.report.Score;
import dev.graft.runtime.evaluate.AskingMonitor;
import dev.graft.runtime.evaluate.LoadedModel;
import java.nio.file.Path;
import java.util.List;

/** Questions that all models of a comparison are asked. */
interface ComparedQuestions {

    /** Adds what decides the scores, apart from the model. */
    void addTo(ContentHash hash);

    /**
     * Asks a model.
     *
     * @param folder of its run, where more may be left than the scores
     */
    List<Score> ask(LoadedModel loaded, Path folder, AskingMonitor monitor);

    /** The same scores, in the same order, of always the same answer; empty where that says nothing. */
    List<Score> constant();
}
