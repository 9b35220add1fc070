package dev.graft.runtime.model;

/** Whose tokens a site reads. Keys and values of cross-attention read the encoder's, although the decoder has them. */
public enum Side {
    ENCODER,
    /** Also all tokens of a decoder-only model. */
    DECODER
}
