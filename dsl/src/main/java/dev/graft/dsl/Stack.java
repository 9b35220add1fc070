package dev.graft.dsl;

/** The stack of layers that a site belongs to; decoder-only models have the decoder alone. */
public enum Stack {
    ENCODER,
    DECODER
}
