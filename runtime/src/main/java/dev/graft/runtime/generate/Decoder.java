package dev.graft.runtime.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.runtime.engine.KvCache;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.Rows;
import dev.graft.runtime.engine.Segment;
import dev.graft.runtime.model.CausalModel;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.Weights;
import java.util.List;

/** One growing sequence: feeds tokens through a model with a KV cache. Not thread-safe. */
public final class Decoder implements AutoCloseable {
    private final CausalModel model;
    private final Weights weights;
    private final NDManager scope;
    private final KvCache cache;
    private int length;

    /** @param capacity tokens that the sequence may have, prompt and continuation together */
    public Decoder(CausalModel model, Weights weights, int capacity) {
        this.model = model;
        this.weights = weights;
        this.scope = weights.engine().scope();
        this.cache = KvCache.allocate(
                weights.engine().ops(scope),
                model.layers(),
                1,
                capacity,
                model.attention().kvHeads(),
                model.rotary().headDim(),
                weights.precision());
    }

    /**
     * Appends tokens; the first call's are the prompt.
     *
     * @return the logits [V] that follow the last of them
     */
    public float[] feed(long... tokens) {
        try (NDManager step = weights.engine().scope()) {
            Ops ops = weights.engine().ops(step);
            Segment segment = length == 0 ? Segment.of(tokens.length) : Segment.after(length, tokens.length);
            Pass pass = Pass.of(model, ops, ops.upload(tokens), Rows.of(ops, List.of(segment)))
                    .with(cache);
            NDArray hidden = Forward.hidden(model, pass); // [T, d]
            length += tokens.length;
            return ops.floats(ops.logits(ops.narrow(hidden, 0, tokens.length - 1, 1), model.head()));
        }
    }

    /** Tokens fed so far. */
    public int length() {
        return length;
    }

    @Override
    public void close() {
        scope.close();
    }
}
