package dev.graft.runtime.train;

import ai.djl.ndarray.NDArray;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Pass;

/** What a training loop makes of a pass; it may run for several passes at the same time. */
@FunctionalInterface
public interface PassLoss {

    /** Runs the pass through the model: the sum of the losses of its supervised tokens, a scalar with gradients. */
    NDArray of(LanguageModel model, Pass pass);
}
