package dev.graft.runtime.optim;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Optimizer;
import dev.graft.runtime.engine.Ops;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** An optimizer at work on one set of parameters; its state lives as long as the scope that it was made in. */
public sealed interface Stepper permits AdamW, Adafactor {

    /**
     * An optimizer with fresh state, in the scope of {@code ops}.
     *
     * @param tensors what the buffer holds, each a parameter of its own for a rule that looks at whole tensors; a leaf may
     *     stack several
     */
    static Stepper of(Optimizer rule, FlatParameters parameters, List<FlatParameters.Part> tensors, Ops ops) {
        if (rule instanceof Optimizer.AdamW adam) {
            return new AdamW(adam, parameters, ops);
        } else if (rule instanceof Optimizer.Adafactor adafactor) {
            return new Adafactor(adafactor, parameters, tensors, ops);
        }
        throw new IllegalArgumentException("no optimizer for " + rule);
    }

    /** The same where each leaf is one tensor. */
    static Stepper of(Optimizer rule, FlatParameters parameters, Ops ops) {
        return of(rule, parameters, parameters.parts(), ops);
    }

    /** Moves the parameters by their finished gradient, unless that is bad: then neither values nor state change. */
    void step(Ops ops, StepGradient gradient, double rate);

    /** The state's tensors by name. */
    Map<String, NDArray> state();

    /** The state, for a file. */
    default Map<String, float[]> export(Ops ops) {
        Map<String, float[]> exported = new LinkedHashMap<>();
        state().forEach((name, tensor) -> exported.put(name, ops.floats(tensor)));
        return exported;
    }

    /**
     * Takes the state from {@link #export}.
     *
     * @throws IllegalArgumentException where names or sizes are not those of this state
     */
    default void restore(Ops ops, Map<String, float[]> exported) {
        if (!exported.keySet().equals(state().keySet())) {
            throw new IllegalArgumentException(
                    "optimizer state " + exported.keySet() + " instead of " + state().keySet());
        }
        exported.forEach((name, numbers) -> {
            NDArray tensor = Objects.requireNonNull(state().get(name));
            FlatParameters.requireSize(numbers, tensor.getShape().size(), name);
            ops.autograd().store(ops.view(tensor, -1), 0, ops.upload(numbers, numbers.length));
        });
    }
}
