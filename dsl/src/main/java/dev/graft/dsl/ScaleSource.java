package dev.graft.dsl;

/** Whose weights scale the experts' outputs. */
public enum ScaleSource {
    OWN_ROUTER,
    /** The model's pretrained router (PERFT-E, and PERFT-R as published for OLMoE). */
    HOST,
    /** Nobody's: the constant 1 (PERFT-D and PERFT-S). */
    NONE
}
