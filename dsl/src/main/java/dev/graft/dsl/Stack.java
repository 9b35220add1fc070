package dev.graft.dsl;

/** The stack of layers that a site belongs to. */
public enum Stack {
    ENCODER,
    DECODER,
    /** In a spec: the only stack of a decoder-only model, which is its decoder. */
    ONLY
}
