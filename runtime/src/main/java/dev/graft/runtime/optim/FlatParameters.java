package dev.graft.runtime.optim;

import ai.djl.ndarray.NDArray;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All trainable values in one flat fp32 buffer, with one gradient buffer beside it. The tensors that a model uses are
 * leaves: views of the buffer that collect gradients of their own, gathered once a step. Replicas of a model, which run at
 * the same time, have leaves of their own: the values are the same, the gradients are added up in the replicas' order.
 */
public final class FlatParameters {

    /**
     * A named part of the buffer.
     *
     * @param offset of its first element
     */
    public record Part(String name, long offset, List<Long> shape) {
        public Part {
            shape = List.copyOf(shape);
        }

        public long elements() {
            return product(shape);
        }

        long[] dimensions() {
            return shape.stream().mapToLong(Long::longValue).toArray();
        }
    }

    private final Map<String, Part> parts;
    private final List<Map<String, NDArray>> leaves;
    private final NDArray values;
    private final NDArray gradient;

    private FlatParameters(
            Map<String, Part> parts, List<Map<String, NDArray>> leaves, NDArray values, NDArray gradient) {
        this.parts = parts;
        this.leaves = leaves;
        this.values = values;
        this.gradient = gradient;
    }

    /** Zeros for tensors of these shapes, in this order, and one model; they live as long as the scope of {@code ops}. */
    public static FlatParameters allocate(Ops ops, Map<String, List<Long>> shapes) {
        return allocate(ops, shapes, 1);
    }

    /** The same for this many replicas of a model. */
    public static FlatParameters allocate(Ops ops, Map<String, List<Long>> shapes, int replicas) {
        Map<String, Part> parts = new LinkedHashMap<>();
        long size = 0;
        for (Map.Entry<String, List<Long>> entry : shapes.entrySet()) {
            parts.put(entry.getKey(), new Part(entry.getKey(), size, entry.getValue()));
            size = Math.addExact(size, product(entry.getValue()));
        }
        NDArray values = ops.zeros(ElementType.FP32, size);
        List<Map<String, NDArray>> leaves = new ArrayList<>();
        for (int replica = 0; replica < replicas; replica++) {
            leaves.add(leaves(ops, parts, values));
        }
        return new FlatParameters(parts, leaves, values, ops.zeros(ElementType.FP32, size + 1));
    }

    private static Map<String, NDArray> leaves(Ops ops, Map<String, Part> parts, NDArray values) {
        Map<String, NDArray> leaves = new LinkedHashMap<>();
        parts.forEach((name, part) -> leaves.put(name, ops.autograd().leaf(values, part.offset(), part.dimensions())));
        return leaves;
    }

    private static long product(List<Long> shape) {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /** The parts, in the buffer's order. */
    public List<Part> parts() {
        return List.copyOf(parts.values());
    }

    /** P. */
    public long elements() {
        return parts.values().stream().mapToLong(Part::elements).sum();
    }

    /** The tensor of this name, for a model to compute with. */
    public NDArray leaf(String name) {
        return leaf(name, 0);
    }

    /** The same for one of the replicas, from 0. */
    public NDArray leaf(String name, int replica) {
        NDArray leaf = leaves.get(replica).get(name);
        if (leaf == null) {
            throw new IllegalArgumentException("no trainable tensor " + name + " among " + parts.keySet());
        }
        return leaf;
    }

    /** Gives one tensor its values; same number of elements. */
    public void set(Ops ops, String name, NDArray start) {
        Part part = parts.get(name);
        if (part == null || start.getShape().size() != part.elements()) {
            throw new IllegalArgumentException(name + " " + start.getShape() + " is no part of " + parts.values());
        }
        ops.autograd().store(values, part.offset(), start);
    }

    /** All values, in the buffer's order. */
    public float[] export(Ops ops) {
        return ops.floats(values);
    }

    /** Takes all values from {@link #export}. */
    public void restore(Ops ops, float[] exported) {
        requireSize(exported, elements(), "trainable values");
        ops.autograd().store(values, 0, ops.upload(exported, exported.length));
    }

    static void requireSize(float[] exported, long elements, String what) {
        if (exported.length != elements) {
            throw new IllegalArgumentException(what + ": " + exported.length + " elements instead of " + elements);
        }
    }

    /**
     * Ends the backward passes of a step: gathers the leaves' gradients, divides them by the supervised tokens of the whole
     * step and clips their global norm.
     *
     * @param supervised tokens that carried loss in the whole step
     * @param losses the passes' losses, as sums
     * @param clip bound of the norm; 0 for none
     */
    public StepGradient finish(Ops ops, long supervised, List<NDArray> losses, double clip) {
        List<List<NDArray>> sets =
                leaves.stream().map(set -> List.copyOf(set.values())).toList();
        ops.autograd().gather(sets, gradient, (double) supervised);
        NDArray numbers = ops.updates().finishGradient(gradient, losses, clip);
        return new StepGradient(numbers, ops.narrow(numbers, 0, 2, 1));
    }

    /** fp32 [P]. */
    NDArray values() {
        return values;
    }

    /** fp32 [P+1]. */
    NDArray gradient() {
        return gradient;
    }
}
