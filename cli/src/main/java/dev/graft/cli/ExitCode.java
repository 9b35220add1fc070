package dev.graft.cli;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.util.Set;

/** What the process tells its caller. */
final class ExitCode {
    static final int DONE = 0;
    static final int CHECK_FAILED = 1;
    static final int INPUT = 2;
    static final int INTERNAL = 3;

    /** Problems of the machine, not of what was asked. */
    private static final Set<String> MACHINE = Set.of("E_IO", "E_NOSPACE", "E_PERM", "E_ENGINE", "E_NO_COMPILER");

    private ExitCode() {}

    static int of(GraftException refusal) {
        return refusal.issues().stream().map(Issue::code).allMatch(MACHINE::contains) ? INTERNAL : INPUT;
    }
}
