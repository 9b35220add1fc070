package dev.graft.runtime.data;

/**
 * How far a run has come through its data.
 *
 * @param epoch passes over the data that are complete
 * @param position examples of the current pass that were used
 */
public record Cursor(long epoch, int position) {
    /** Before the first example. */
    public static final Cursor START = new Cursor(0, 0);
}
