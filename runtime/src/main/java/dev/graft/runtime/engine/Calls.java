package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.Gateway;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the operators of one scope are called.
 *
 * @param scope owner of the results
 * @param anchor a tensor on the engine's device, where operators without a tensor input find it
 * @param gradients whether autograd records
 */
record Calls(Gateway gateway, PtNDManager scope, PtNDArray anchor, boolean gradients) {

    /** The same calls with another owner of the results. */
    Calls in(NDManager owner) {
        return new Calls(gateway, (PtNDManager) owner, anchor, gradients);
    }

    /** Runs a method that returns one tensor. */
    NDArray one(String method, @Nullable Object... arguments) {
        return gateway.run(scope, gradients, method, arguments)[0];
    }

    /** Runs a method that returns a list of tensors. */
    List<NDArray> many(String method, @Nullable Object... arguments) {
        return List.of(gateway.run(scope, gradients, method, arguments));
    }

    /** Whether tensors are where the host can't read them. */
    boolean onDevice() {
        return anchor.getDevice().isGpu();
    }

    /** The numbers of a contiguous fp32 tensor in the host's memory, where they are; as long as the tensor lives. */
    FloatBuffer memory(NDArray tensor) {
        return bytes(tensor).asFloatBuffer();
    }

    /** The same of any type. */
    ByteBuffer bytes(NDArray tensor) {
        return Gateway.memory((PtNDArray) tensor);
    }

    /** Runs a method for its effect. */
    void run(String method, @Nullable Object... arguments) {
        gateway.run(scope, gradients, method, arguments);
    }
}
