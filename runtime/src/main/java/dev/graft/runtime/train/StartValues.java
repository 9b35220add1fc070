package dev.graft.runtime.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.TensorInfo;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.Init;
import dev.graft.runtime.model.Layout;
import dev.graft.runtime.random.RandomKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** How the trainable tensors start. A tensor's numbers follow from seed and name, whatever stands beside it. */
final class StartValues {
    private final TorchEngine engine;
    private final Checkpoint base;
    private final long seed;

    /** @param base the values of pretrained tensors */
    StartValues(TorchEngine engine, Checkpoint base, long seed) {
        this.engine = engine;
        this.base = base;
        this.seed = seed;
    }

    /** All of them, in the order of the flat buffer. */
    float[] of(Layout layout) {
        float[] values = new float[Math.toIntExact(layout.elements())];
        int offset = 0;
        for (Layout.Tensor tensor : layout.tensors()) {
            int end = offset + Math.toIntExact(tensor.elements());
            if (tensor.init() instanceof Init.Fill fill) {
                Arrays.fill(values, offset, end, (float) fill.value());
            } else if (tensor.init() instanceof Init.Pretrained) {
                TensorInfo stored = base.tensor(tensor.name());
                System.arraycopy(base.shardOf(stored).floats(stored.name()), 0, values, offset, end - offset);
            } else {
                System.arraycopy(random(tensor), 0, values, offset, end - offset);
            }
            offset = end;
        }
        return values;
    }

    private float[] random(Layout.Tensor tensor) {
        try (NDManager scope = engine.scope()) {
            Ops ops = engine.ops(scope);
            NDArray numbers = tensor.init() instanceof Init.Normal normal
                    ? ops.normal(key(tensor.name()), normal.deviation(), tensor.elements())
                    : ops.uniform(key(tensor.name()), -bound(tensor), bound(tensor), tensor.elements());
            return ops.floats(numbers);
        }
    }

    private static double bound(Layout.Tensor tensor) {
        return ((Init.Uniform) tensor.init()).bound();
    }

    private RandomKey key(String name) {
        RandomKey key = RandomKey.of(seed);
        for (byte letter : name.getBytes(StandardCharsets.UTF_8)) {
            key = key.with(letter);
        }
        return key;
    }
}
