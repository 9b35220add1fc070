package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import dev.graft.runtime.engine.Attention;
import dev.graft.runtime.engine.Rotary;

/** A decoder-only model, layer by layer, as generated models are. T tokens, d hidden size, V vocabulary. */
public interface CausalModel {

    int layers();

    /** The attention of every layer. */
    Attention attention();

    /** The rotary embedding that all layers share. */
    Rotary rotary();

    /** Embeddings of the pass's tokens [T, d]. */
    NDArray embed(Pass pass);

    /** One layer: hidden [T, d] to [T, d]; its routers leave their gates in {@link Pass#routing}. */
    NDArray layer(Pass pass, int layer, NDArray hidden);

    /** The norm after the last layer: [T, d] to [T, d]. */
    NDArray finalNorm(Pass pass, NDArray hidden);

    /** The LM head [V, d]. */
    NDArray head();
}
