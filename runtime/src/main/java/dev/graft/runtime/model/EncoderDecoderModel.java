package dev.graft.runtime.model;

import dev.graft.runtime.engine.Rotary;
import org.jspecify.annotations.Nullable;

/**
 * An encoder and a decoder that reads its final states by cross-attention (T5). The layers of the encoder get the pass over
 * its tokens ({@link Pass#encoding}), those of the decoder the pass over their own, which knows the encoder's states.
 */
public non-sealed interface EncoderDecoderModel extends LanguageModel {

    /** The token that every decoder sequence begins with ({@code decoder_start_token_id}). */
    int decoderStart();

    @Override
    default @Nullable Rotary rotary() {
        return null;
    }
}
