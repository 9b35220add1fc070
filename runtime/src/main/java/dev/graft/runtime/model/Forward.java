package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.Rows;
import dev.graft.runtime.engine.Segment;
import dev.graft.runtime.engine.TorchEngine;
import java.util.ArrayList;
import java.util.List;

/** Runs a model from tokens to hidden states and logits. */
public final class Forward {
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
