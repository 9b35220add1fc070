package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.random.RandomKey;
import org.jspecify.annotations.Nullable;

/** Rows of null experts that start at random: N(0, 0.02²), the same for a name on every machine. */
public final class DrawnRows implements AutoCloseable {
    private static final double DEVIATION = 0.02;

    private @Nullable TorchEngine engine;

    /** fp32 [rows, width]. */
    static NDArray draw(Ops ops, String module, int rows, int width) {
        return ops.normal(RandomKey.of(module.hashCode()), DEVIATION, rows, width);
    }

    /** The same on the host; the first call starts the engine. */
    public float[] draw(String module, int rows, int width) {
        TorchEngine started = engine;
        if (started == null) {
            started = TorchEngine.open("cpu", 1);
            engine = started;
        }
        try (NDManager scope = started.scope()) {
            Ops ops = started.ops(scope);
            return ops.floats(draw(ops, module, rows, width));
        }
    }

    @Override
    public void close() {
        TorchEngine started = engine;
        if (started != null) {
            started.close();
        }
    }
}
