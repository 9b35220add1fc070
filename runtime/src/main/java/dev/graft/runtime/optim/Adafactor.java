package dev.graft.runtime.optim;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Optimizer;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Adafactor without momentum, tensor by tensor; the second moment is factored over a tensor's last two dimensions. */
final class Adafactor implements Stepper {
    private final Optimizer.Adafactor rule;
    private final FlatParameters parameters;
    private final List<FlatParameters.Part> tensors;
    private final Map<String, List<NDArray>> squares = new LinkedHashMap<>();
    private final NDArray steps;

    Adafactor(Optimizer.Adafactor rule, FlatParameters parameters, List<FlatParameters.Part> tensors, Ops ops) {
        this.rule = rule;
        this.parameters = parameters;
        this.tensors = List.copyOf(tensors);
        this.steps = ops.zeros(ElementType.FP32, 1);
        for (FlatParameters.Part part : tensors) {
            squares.put(part.name(), zeros(part.shape(), ops));
        }
    }

    private List<NDArray> zeros(List<Long> shape, Ops ops) {
        int last = shape.size() - 1;
        if (last < 1 || shape.get(last) < rule.factoredFrom() || shape.get(last - 1) < rule.factoredFrom()) {
            return List.of(zeros(ops, shape));
        }
        List<Long> columns = new ArrayList<>(shape);
        columns.remove(last - 1);
        return List.of(zeros(ops, shape.subList(0, last)), zeros(ops, columns));
    }

    private static NDArray zeros(Ops ops, List<Long> shape) {
        return ops.zeros(
                ElementType.FP32, shape.stream().mapToLong(Long::longValue).toArray());
    }

    @Override
    public void step(Ops ops, StepGradient gradient, double rate) {
        ops.updates().advance(steps, gradient.bad());
        for (FlatParameters.Part part : tensors) {
            ops.updates()
                    .adafactor(
                            parameters.values(),
                            parameters.gradient(),
                            part.offset(),
                            part.dimensions(),
                            squares.getOrDefault(part.name(), List.of()),
                            steps,
                            gradient.bad(),
                            rate,
                            rule);
        }
    }

    @Override
    public Map<String, NDArray> state() {
        Map<String, NDArray> state = new LinkedHashMap<>();
        squares.forEach((name, tensors) -> {
            if (tensors.size() == 1) {
                state.put(name + ".square", tensors.get(0));
            } else {
                state.put(name + ".rows", tensors.get(0));
                state.put(name + ".columns", tensors.get(1));
            }
        });
        state.put("steps", steps);
        return state;
    }
}
