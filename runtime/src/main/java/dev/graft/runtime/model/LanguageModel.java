package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import dev.graft.runtime.engine.Attention;
import dev.graft.runtime.engine.Rotary;
import org.jspecify.annotations.Nullable;

/**
 * A model that predicts tokens, layer by layer, as generated models are. Its layers are numbered through: those of an
 * encoder come first, then those of the decoder. T tokens of the stack that a layer belongs to, d hidden size, V vocabulary.
 */
public sealed interface LanguageModel permits CausalModel, EncoderDecoderModel, RecomputedPass {

    /** All layers, of both stacks. */
    int layers();

    /** How many of them are an encoder's; 0 for a model without one. */
    int encoderLayers();

    /** The self-attention of every layer of the decoder. */
    Attention attention();

    /** The rotary embedding that all layers share; null for a model without one. */
    @Nullable
    Rotary rotary();

    /** Embeddings of the pass's tokens [T, d]. */
    NDArray embed(Pass pass);

    /** One layer: hidden [T, d] to [T, d]; its routers leave their gates in {@link Pass#routing}. */
    NDArray layer(Pass pass, int layer, NDArray hidden);

    /** The norm after the encoder's last layer: [T, d] to [T, d]. */
    NDArray encoderNorm(Pass pass, NDArray hidden);

    /** The norm after the decoder's last layer, and what scales a tied head: [T, d] to [T, d]. */
    NDArray finalNorm(Pass pass, NDArray hidden);

    /** The LM head [V, d]. */
    NDArray head();
}
