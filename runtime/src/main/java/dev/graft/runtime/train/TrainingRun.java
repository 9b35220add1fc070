package dev.graft.runtime.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Pass;
import java.util.List;

/** What a generated training loop works on. */
public interface TrainingRun {

    /** The model, for the pass that was made last. */
    LanguageModel model();

    /** Whether there is another step; false at the end of the run and after an interruption. */
    boolean hasNext();

    Step next();

    /** Owner of the tensors of one forward and backward pass. */
    NDManager newScope();

    /** A forward pass over these examples, with gradients. */
    Pass pass(NDManager scope, Step step, List<Example> examples);

    /**
     * Adds the gradients of a pass to those of the step; the balance losses come in here, from {@link Pass#routing}.
     *
     * @param loss sum over the pass's supervised tokens
     */
    void backward(Step step, Pass pass, NDArray loss);

    /** Clips and applies the gradients of a step, or skips it where they are not finite; then reports, validates, saves. */
    void update(Step step);
}
