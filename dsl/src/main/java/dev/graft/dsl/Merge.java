package dev.graft.dsl;

/** What a router's weights average. */
public enum Merge {
    /** The experts' outputs: Σ p_e B_e A_e x (the published code, and the default). */
    OUTPUTS,
    /** The experts' factors: (Σ p_e B_e)(Σ p_e A_e) x, with cross terms (the literal reading of "soft merging"). */
    FACTORS
}
