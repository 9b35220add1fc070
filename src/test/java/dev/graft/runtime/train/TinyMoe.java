package dev.graft.runtime.train;

import static dev.graft.dsl.Graft.*;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.codegen.ModelEmitter;
import dev.graft.dsl.Block;
import dev.graft.dsl.LayerSpec;
import dev.graft.dsl.Surgery;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.Rows;
import dev.graft.runtime.engine.Segment;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.CausalModel;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.Layout;
import dev.graft.runtime.model.Leaves;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.Weights;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Surgeon;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/** A method on an embedded MoE model, emitted and compiled: what it computes of one batch, with which gradients. */
record TinyMoe(Checkpoint base, InjectionPlan plan, Program program) {
    private static final long[] IDS = new Random(3).longs(48, 0, 256).toArray();

    private static final Step STEP = new Step(1, 0, 1e-3, List.of(List.of(new Example(new int[IDS.length], 1))));

    static TinyMoe mixtral(Block<LayerSpec> method) {
        return on("tiny-mixtral", method);
    }

    static TinyMoe olmoe(Block<LayerSpec> method) {
        return on("tiny-olmoe", method);
    }

    static TinyMoe on(String name, Block<LayerSpec> method) {
        return of(open(name), surgery("tiny", s -> s.layers(all(), method)));
    }

    static TinyMoe of(Checkpoint base, Surgery surgery) {
        return of(base, Surgeon.plan(surgery, base));
    }

    /** The model as it is. */
    static TinyMoe untouched(String name) {
        Checkpoint base = open(name);
        return of(base, Surgeon.untouched(base));
    }

    static Checkpoint open(String name) {
        return Checkpoint.open(Path.of(System.getProperty("graft.home", "."), "samples/checkpoints", name));
    }

    private static TinyMoe of(Checkpoint base, InjectionPlan plan) {
        return new TinyMoe(
                base, plan, new ModelEmitter("dev.graft.generated").emit(plan).load(Program.class));
    }

    /** Tensors as an untrained run has them, by their names in the adapter file. */
    Map<String, float[]> start() {
        try (TorchEngine engine = TorchEngine.open("cpu", 1)) {
            return byName(new StartValues(engine, base, 1).of(program.layout()));
        }
    }

    /** Tensors as if trained: none is zero. */
    Map<String, float[]> trained() {
        Random random = new Random(5);
        float[] values = new float[Math.toIntExact(program.layout().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (0.1 * random.nextGaussian());
        }
        return byName(values);
    }

    private Map<String, float[]> byName(float[] values) {
        Map<String, float[]> tensors = new LinkedHashMap<>();
        int offset = 0;
        for (Layout.Tensor tensor : program.layout().tensors()) {
            int end = offset + Math.toIntExact(tensor.elements());
            tensors.put(tensor.name(), Arrays.copyOfRange(values, offset, end));
            offset = end;
        }
        return tensors;
    }

    /**
     * What a pass over 48 tokens gives.
     *
     * @param logits [T·V]
     * @param loads true experts of each token, router by router in the order of the layers
     * @param weights of the true experts of each token, the same
     * @param lm gradient of Σ (logits · a fixed cotangent) by tensor
     * @param balance gradient of the balance losses by tensor; empty without any
     */
    @SuppressWarnings("ArrayRecordComponent") // compared number by number
    record Outcome(
            float[] logits,
            List<float[]> loads,
            List<float[]> weights,
            Map<String, float[]> lm,
            Map<String, float[]> balance) {

        /** A tensor's gradient of the language-model loss. */
        float[] lm(String tensor) {
            return Objects.requireNonNull(lm.get(tensor));
        }

        /** A tensor's gradient of the balance loss. */
        float[] balance(String tensor) {
            return Objects.requireNonNull(balance.get(tensor));
        }
    }

    Outcome run(Map<String, float[]> values) {
        try (TorchEngine engine = TorchEngine.open("cpu", 1);
                Weights weights = new Weights(engine, base, ElementType.FP32)) {
            try (NDManager scope = engine.scope()) {
                Ops ops = engine.recording(scope);
                Leaves leaves = leaves(ops, values);
                CausalModel model = (CausalModel) program.newModel(weights, leaves);
                Pass pass = pass(model, ops);
                NDArray logits = ops.logits(Forward.hidden(model, pass), model.head());
                Outcome forward = new Outcome(
                        ops.floats(logits),
                        pass.routing().entries().stream()
                                .map(entry -> ops.floats(entry.decision().load()))
                                .toList(),
                        pass.routing().entries().stream()
                                .map(entry ->
                                        ops.floats(entry.decision().gates().weights()))
                                .toList(),
                        new LinkedHashMap<>(),
                        new LinkedHashMap<>());
                if (!leaves.arrays().isEmpty()) {
                    ops.autograd().backward(List.of(logits), List.of(cotangent(ops, forward.logits().length)));
                    forward.lm().putAll(gradients(ops, leaves));
                    forward.balance().putAll(balance(weights, values));
                }
                return forward;
            }
        }
    }

    private Map<String, float[]> balance(Weights weights, Map<String, float[]> values) {
        try (NDManager scope = weights.engine().scope()) {
            Ops ops = weights.engine().recording(scope);
            Leaves leaves = leaves(ops, values);
            CausalModel model = (CausalModel) program.newModel(weights, leaves);
            Pass pass = pass(model, ops);
            ops.floats(Forward.hidden(model, pass));
            NDArray loss = new BalanceLoss(1).of(ops, pass.routing(), List.of(pass.routing()), STEP);
            if (loss == null) {
                return Map.of();
            }
            ops.autograd().backward(loss);
            return gradients(ops, leaves);
        }
    }

    private Pass pass(CausalModel model, Ops ops) {
        return Pass.of(model, ops, ops.upload(IDS), Rows.of(ops, List.of(Segment.of(IDS.length))));
    }

    private NDArray cotangent(Ops ops, int elements) {
        Random random = new Random(7);
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return ops.upload(values, IDS.length, elements / IDS.length);
    }

    private Leaves leaves(Ops ops, Map<String, float[]> values) {
        List<NDArray> arrays = new ArrayList<>();
        for (Layout.Leaf leaf : program.layout().leaves()) {
            FloatBuffer stacked = FloatBuffer.allocate(Math.toIntExact(leaf.elements()));
            leaf.tensors().forEach(tensor -> stacked.put(Objects.requireNonNull(values.get(tensor.name()))));
            arrays.add(ops.autograd().leaf(ops.upload(stacked.array(), leaf.shape())));
        }
        return new Leaves(program.layout(), arrays);
    }

    private Map<String, float[]> gradients(Ops ops, Leaves leaves) {
        return byName(ops.floats(
                leaves.arrays().stream().map(ops.autograd()::gradient).toList()));
    }
}
