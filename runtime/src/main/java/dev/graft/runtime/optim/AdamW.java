package dev.graft.runtime.optim;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Optimizer;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import java.util.LinkedHashMap;
import java.util.Map;

/** AdamW with decoupled weight decay, one fused call on the flat buffers. */
final class AdamW implements Stepper {
    private final Optimizer.AdamW rule;
    private final FlatParameters parameters;
    private final NDArray mean;
    private final NDArray square;
    private final NDArray steps;

    AdamW(Optimizer.AdamW rule, FlatParameters parameters, Ops ops) {
        this.rule = rule;
        this.parameters = parameters;
        this.mean = ops.zeros(ElementType.FP32, parameters.elements());
        this.square = ops.zeros(ElementType.FP32, parameters.elements());
        this.steps = ops.zeros(ElementType.FP32, 1);
    }

    @Override
    public void step(Ops ops, StepGradient gradient, double rate) {
        ops.updates()
                .adamW(parameters.values(), parameters.gradient(), mean, square, steps, gradient.bad(), rate, rule);
    }

    @Override
    public Map<String, NDArray> state() {
        Map<String, NDArray> state = new LinkedHashMap<>();
        state.put("mean", mean);
        state.put("square", square);
        state.put("steps", steps);
        return state;
    }
}
