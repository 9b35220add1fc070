package dev.graft.runtime.data;

/**
 * How the tasks of a folder become examples: each one gives all its questions in all its templates or, where these are more
 * than its cap, a sample of them that depends on seed and data set only.
 *
 * @param split which tasks
 * @param cap examples of a data set at most, in place of the task's own cap; 0 for that
 */
public record Mixture(Task.Split split, int cap, long seed) {

    /** The training tasks with their own caps, seed 0. */
    public static Mixture training() {
        return new Mixture(Task.Split.TRAINING, 0, 0);
    }

    /** The same of the held-out tasks. */
    public static Mixture heldOut() {
        return new Mixture(Task.Split.HELD_OUT, 0, 0);
    }
}
