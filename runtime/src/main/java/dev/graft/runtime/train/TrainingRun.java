package dev.graft.runtime.train;

import dev.graft.runtime.data.Example;
import java.util.List;

/** What a generated training loop works on. */
public interface TrainingRun {

    /** Whether there is another step; false at the end of the run and after an interruption. */
    boolean hasNext();

    Step next();

    /** The passes over a micro-batch of the step, with gradients: one, or several that share out its examples. */
    Passes passes(Step step, List<Example> examples);

    /** Adds the gradients of passes that have run forward to those of the step; the balance losses come in here. */
    void backward(Step step, Passes passes);

    /** Clips and applies the gradients of a step, or skips it where they are not finite; then reports, validates, saves. */
    void update(Step step);
}
