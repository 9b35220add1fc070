package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.TorchEngine;

/** Runs a model from tokens to hidden states and logits. */
public final class Forward {
    /** Rows of logits that exist at a time. */
    public static final int LOGIT_ROWS = 512;

    private Forward() {}

    /** The final hidden states [T, d] of the decoder, after the last norm; an encoder runs first if the pass has tokens for it. */
    public static NDArray hidden(LanguageModel model, Pass pass) {
        Pass decoding = pass.source() == null ? pass : pass.reading(memory(model, pass.encoding()));
        return model.finalNorm(decoding, layers(model, decoding, model.encoderLayers(), model.layers()));
    }

    /** The final states of the encoder [M, d]. */
    private static NDArray memory(LanguageModel model, Pass encoding) {
        return model.encoderNorm(encoding, layers(model, encoding, 0, model.encoderLayers()));
    }

    private static NDArray layers(LanguageModel model, Pass pass, int first, int end) {
        NDArray hidden = model.embed(pass);
        for (int layer = first; layer < end; layer++) {
            hidden = model.layer(pass, layer, hidden);
        }
        return hidden;
    }

    /**
     * Σ of the negative log-likelihoods of the pass's supervised tokens, an fp32 scalar with gradients; 0 where the pass has
     * none. Logits exist for those tokens only, {@link #LOGIT_ROWS} at a time.
     *
     * @param hidden the final hidden states [T, d]
     */
    public static NDArray loss(LanguageModel model, Pass pass, NDArray hidden) {
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
     * @param inputs token ids int64 [B, S] and, where rows are padded on the right, a mask [B, S] of ones and zeros; with an
     *     encoder these are its own, and the decoder's ids [B, S'] and perhaps their mask follow
     * @return fp32 logits [B, S, V] (behind an encoder [B, S', V]), zero at padding
     */
    public static NDList logits(LanguageModel model, TorchEngine engine, NDList inputs) {
        Ops ops = engine.ops(inputs.get(0).getManager());
        boolean encodes = model.encoderLayers() > 0;
        PaddedRows first = PaddedRows.of(ops, inputs.get(0), inputs.size() > 1 ? inputs.get(1) : null);
        PaddedRows own = encodes ? PaddedRows.of(ops, inputs.get(2), inputs.size() > 3 ? inputs.get(3) : null) : first;
        Pass pass = Pass.of(model, ops, own.ids(), own.rows());
        NDArray hidden = hidden(model, encodes ? pass.from(first.ids(), first.rows()) : pass); // [T, d]
        return new NDList(own.padded(ops, ops.logits(hidden, model.head())));
    }
}
