package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.Rows;
import dev.graft.runtime.engine.Segment;
import dev.graft.runtime.engine.TorchEngine;
import java.util.ArrayList;
import java.util.List;

/** Runs a model from tokens to hidden states and logits. */
public final class Forward {
    /** Rows of logits that exist at a time. */
    public static final int LOGIT_ROWS = 512;

    private Forward() {}

    /** The final hidden states [T, d], after the last norm. */
    public static NDArray hidden(CausalModel model, Pass pass) {
        NDArray hidden = model.embed(pass);
        for (int layer = 0; layer < model.layers(); layer++) {
            hidden = model.layer(pass, layer, hidden);
        }
        return model.finalNorm(pass, hidden);
    }

    /**
     * Σ of the negative log-likelihoods of the pass's supervised tokens, an fp32 scalar with gradients; 0 where the pass has
     * none. Logits exist for those tokens only, {@link #LOGIT_ROWS} at a time.
     *
     * @param hidden the final hidden states [T, d]
     */
    public static NDArray loss(CausalModel model, Pass pass, NDArray hidden) {
        Supervised supervised = pass.supervised();
        if (supervised == null) {
            throw new IllegalArgumentException("the pass doesn't know which of its tokens carry loss");
        }
        Ops ops = pass.ops();
        return supervised.count() == 0
                ? ops.zeros(ElementType.FP32)
                : ops.lossAt(ops.rowsAt(hidden, supervised.states()), model.head(), supervised.labels(), LOGIT_ROWS);
    }

    /**
     * DJL's view of a model: padded batches in, padded logits out.
     *
     * @param inputs token ids int64 [B, S] and, where rows are padded on the right, a mask [B, S] of ones and zeros
     * @return fp32 logits [B, S, V], zero at padding
     */
    public static NDList logits(CausalModel model, TorchEngine engine, NDList inputs) {
        NDArray ids = inputs.get(0);
        int batch = Math.toIntExact(ids.getShape().get(0));
        int length = Math.toIntExact(ids.getShape().get(1));
        Ops ops = engine.ops(ids.getManager());
        long[] mask = inputs.size() > 1 ? ops.longs(inputs.get(1)) : null;
        List<Segment> segments = new ArrayList<>();
        long[] places = new long[batch * length];
        int tokens = 0;
        for (int row = 0; row < batch; row++) {
            int real = 0;
            while (real < length && (mask == null || mask[row * length + real] != 0)) {
                places[tokens++] = (long) row * length + real++;
            }
            segments.add(Segment.of(real));
        }
        NDArray at = ops.upload(java.util.Arrays.copyOf(places, tokens));
        NDArray flat = ops.rowsAt(ops.view(ids, (long) batch * length), at);
        Pass pass = Pass.of(model, ops, flat, Rows.of(ops, segments));
        NDArray logits = ops.logits(hidden(model, pass), model.head()); // [T, V]
        return new NDList(ops.view(ops.scatterRows(logits, at, (long) batch * length), batch, length, -1));
    }
}
