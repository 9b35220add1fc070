package dev.graft.runtime.train;

import dev.graft.dsl.Training;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Layout;
import dev.graft.runtime.model.Leaves;
import dev.graft.runtime.model.Weights;

/** A generated program: a patched model and its training loop. */
public interface Program {

    /** Hash of the plan's sites, routers, layout and base headers. */
    String modelHash();

    /** Hash of the plan with its training settings. */
    String planHash();

    Training training();

    /** The model's trainable tensors. */
    Layout layout();

    LanguageModel newModel(Weights weights, Leaves leaves);

    /** Runs the loop until the run has no next step. */
    void train(TrainingRun run);
}
