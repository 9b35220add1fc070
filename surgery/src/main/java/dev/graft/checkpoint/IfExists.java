package dev.graft.checkpoint;

/** What to do where an output is already there. */
public enum IfExists {
    /** {@code E_EXISTS}, and nothing is written. */
    REFUSE,
    /** The old one stays until the new one is complete. */
    REPLACE
}
