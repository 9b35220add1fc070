package dev.graft.runtime.train;

import dev.graft.issue.GraftException;
import java.util.Set;

/** What a process says when it ends. */
public final class ExitCode {
    public static final int DONE = 0;

    /** Checked, and the check failed. */
    public static final int FAILED = 1;

    /** Usage or input. */
    public static final int INPUT = 2;

    /** A fault of the program, or of the disk under it. */
    public static final int INTERNAL = 3;

    /** Interrupted, state saved; a process that was ended by a signal says 128 and the signal's number. */
    public static final int INTERRUPTED = 130;

    private static final Set<String> NOT_THE_INPUT = Set.of("E_IO", "E_ENGINE", "E_NO_COMPILER", "E_NETWORK", "E_HUB");

    private ExitCode() {}

    /** For a refusal. */
    public static int of(GraftException refusal) {
        return refusal.issues().stream().allMatch(issue -> NOT_THE_INPUT.contains(issue.code())) ? INTERNAL : INPUT;
    }
}
