package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import java.util.List;

/** Leaves, backward passes and gradients. Gradients collect in the leaves until they are gathered. */
public final class Autograd {
    private final Calls calls;

    Autograd(Calls calls) {
        this.calls = calls;
    }

    /** A part of a buffer as a leaf of its own; it sees every later change of the buffer. */
    public NDArray leaf(NDArray buffer, long offset, long... shape) {
        return calls.one("leaf", buffer, offset, shape);
    }

    /** The values of x as a leaf, cut off from what x was made of. */
    public NDArray leaf(NDArray x) {
        return calls.one("fresh_leaf", x);
    }

    /** Sends the gradient of a scalar to all leaves that it was made of. */
    public void backward(NDArray scalar) {
        calls.run("backward", scalar);
    }

    /**
     * The vector-Jacobian product of a stretch of the graph: sends the gradient of Σ outputs_i · gradients_i to its leaves.
     *
     * @param outputs tensors made with gradients
     * @param gradients what the rest of the graph says about each, same shapes
     */
    public void backward(List<NDArray> outputs, List<NDArray> gradients) {
        calls.run("backward_from", outputs, gradients);
    }

    /** What a leaf has collected; zeros where no backward pass reached it. */
    public NDArray gradient(NDArray leaf) {
        return calls.one("gradient", leaf);
    }

    /**
     * Moves what the leaves have collected into an fp32 buffer, one behind the other from its start, and a number into the
     * slot behind them; the leaves are empty then.
     *
     * @param sets of leaves of the same shapes, whose gradients are added up set by set
     */
    public void gather(List<List<NDArray>> sets, NDArray buffer, double last) {
        int leaves = sets.get(0).size();
        calls.run("gather_gradients", sets.stream().flatMap(List::stream).toList(), leaves, buffer, last);
    }

    /** Copies values into a flat buffer, from {@code offset}; leaves that are views of it see them. */
    public void store(NDArray buffer, long offset, NDArray values) {
        calls.run("store", buffer, offset, values);
    }
}
