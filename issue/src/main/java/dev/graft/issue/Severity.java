package dev.graft.issue;

/** How much an {@link Issue} matters: an error refuses the work, the others only tell. */
public enum Severity {
    ERROR,
    WARNING,
    NOTE
}
