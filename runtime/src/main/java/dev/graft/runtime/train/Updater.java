package dev.graft.runtime.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.dsl.Training;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.Layout;
import dev.graft.runtime.model.Leaves;
import dev.graft.runtime.optim.FlatParameters;
import dev.graft.runtime.optim.StepGradient;
import dev.graft.runtime.optim.Stepper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The trainable values and what moves them. */
final class Updater {
    private final TorchEngine engine;
    private final Training training;
    private final FlatParameters parameters;
    private final Stepper stepper;

    /**
     * Zeros and an optimizer with fresh state, in the scope of {@code ops}.
     *
     * @param replicas how many models collect gradients
     */
    Updater(TorchEngine engine, Ops ops, Layout layout, Training training, int replicas) {
        this.engine = engine;
        this.training = training;
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        layout.leaves()
                .forEach(leaf -> shapes.put(
                        leaf.name(),
                        java.util.Arrays.stream(leaf.shape()).boxed().toList()));
        this.parameters = FlatParameters.allocate(ops, shapes, replicas);
        this.stepper = Stepper.of(training.optimizer(), parameters, tensors(layout), ops);
    }

    /** Every site's tensors, which lie in the flat buffer one behind the other. */
    private static List<FlatParameters.Part> tensors(Layout layout) {
        List<FlatParameters.Part> tensors = new ArrayList<>();
        long offset = 0;
        for (Layout.Tensor tensor : layout.tensors()) {
            tensors.add(new FlatParameters.Part(tensor.name(), offset, tensor.shape()));
            offset += tensor.elements();
        }
        return tensors;
    }

    /** Numbers that a saved state holds: the trainable values and the optimizer's state. */
    long elements() {
        return parameters.elements()
                + stepper.state().values().stream()
                        .mapToLong(tensor -> tensor.getShape().size())
                        .sum();
    }

    /** The trainable tensors as a replica of the model takes them. */
    Leaves leaves(Layout layout, int replica) {
        return new Leaves(
                layout,
                layout.leaves().stream()
                        .map(leaf -> parameters.leaf(leaf.name(), replica))
                        .toList());
    }

    /**
     * One step from the gradients that the leaves have collected; where they or the loss are not finite, nothing changes.
     *
     * @param loss Σ of the step's token losses
     */
    StepGradient.Summary update(Step step, NDArray loss) {
        try (NDManager scope = engine.scope()) {
            Ops ops = engine.ops(scope);
            StepGradient gradient = parameters.finish(ops, step.supervised(), List.of(loss), training.clip());
            stepper.step(ops, gradient, step.rate());
            return gradient.read(ops);
        }
    }

    /** The trainable values, in the order of the flat buffer. */
    float[] values() {
        try (NDManager scope = engine.scope()) {
            return parameters.export(engine.ops(scope));
        }
    }

    void values(float[] values) {
        try (NDManager scope = engine.scope()) {
            parameters.restore(engine.ops(scope), values);
        }
    }

    /** The optimizer's state by name. */
    Map<String, float[]> optimizer() {
        try (NDManager scope = engine.scope()) {
            return stepper.export(engine.ops(scope));
        }
    }

    void optimizer(Map<String, float[]> state) {
        try (NDManager scope = engine.scope()) {
            stepper.restore(engine.ops(scope), state);
        }
    }
}
