package dev.graft.runtime.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.runtime.engine.KvCache;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.Rows;
import dev.graft.runtime.engine.Segment;
import dev.graft.runtime.model.EncoderDecoderModel;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.Weights;
import java.util.List;

/** One growing sequence: feeds tokens through a model with a KV cache. Not thread-safe. */
public final class Decoder implements AutoCloseable {
    private final LanguageModel model;
    private final Weights weights;
    private final NDManager scope;
    private final KvCache cache;
    private int length;

    /** @param capacity tokens that the sequence may have, prompt and continuation together */
    public Decoder(LanguageModel model, Weights weights, int capacity) {
        this.model = model;
        this.weights = weights;
        this.scope = weights.engine().scope();
        this.cache = KvCache.allocate(
                        weights.engine().ops(scope),
                        model.layers() - model.encoderLayers(),
                        1,
                        capacity,
                        model.attention().kvHeads(),
                        model.attention().headDim(),
                        weights.precision())
                .from(model.encoderLayers());
    }

    /**
     * Appends tokens; the first call's are the prompt, which an encoder reads if the model has one.
     *
     * @return the logits [V] that follow the last of them
     */
    public float[] feed(long... tokens) {
        try (NDManager step = weights.engine().scope()) {
            Ops ops = weights.engine().ops(step);
            if (length == 0 && model instanceof EncoderDecoderModel withEncoder) {
                Pass pass = pass(ops, withEncoder.decoderStart());
                return feed(pass.from(ops.upload(tokens), Rows.of(ops, List.of(Segment.of(tokens.length)))), 1);
            }
            return feed(pass(ops, tokens), tokens.length);
        }
    }

    private Pass pass(Ops ops, long... tokens) {
        Segment segment = length == 0 ? Segment.of(tokens.length) : Segment.after(length, tokens.length);
        return Pass.of(model, ops, ops.upload(tokens), Rows.of(ops, List.of(segment)))
                .with(cache);
    }

    private float[] feed(Pass pass, int tokens) {
        Ops ops = pass.ops();
        NDArray hidden = Forward.hidden(model, pass); // [T, d]
        length += tokens;
        return ops.floats(ops.logits(ops.narrow(hidden, 0, tokens - 1, 1), model.head()));
    }

    /** Tokens of the sequence so far, the decoder's start token included. */
    public int length() {
        return length;
    }

    @Override
    public void close() {
        scope.close();
    }
}
