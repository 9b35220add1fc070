package dev.graft.runtime.train;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.util.OptionalLong;

/** What to say where memory gave out: what was asked for, what there is, and what was known of the need. */
public final class MemoryShortage {
    private MemoryShortage() {}

    /** Of a command. */
    public static GraftException of(OutOfMemoryError error) {
        return refusal(error, "");
    }

    /** Of a run; no step is half taken, so its last saved state is good. */
    static GraftException of(OutOfMemoryError error, MemoryEstimate needed) {
        return refusal(error, "; the run needs about " + needed.summary());
    }

    private static GraftException refusal(OutOfMemoryError error, String needed) {
        String reason = String.valueOf(error.getMessage());
        OptionalLong left = MachineMemory.available("cpu");
        Issue issue = Issue.error(
                "E_MEMORY",
                "the memory did not suffice (" + reason + "): Java may use "
                        + MemoryEstimate.mib(Runtime.getRuntime().maxMemory())
                        + (left.isPresent()
                                ? ", the machine has " + MemoryEstimate.mib(left.getAsLong()) + " left"
                                : "")
                        + needed);
        boolean heap = reason.contains("Java heap") || reason.contains("GC overhead");
        return new GraftException(
                issue.withFix(
                        heap
                                ? "let Java use more: -Xmx4g, for the graft command in GRAFT_JAVA_OPTIONS"
                                : "lower microBatch or length, or use recompute() or bf16; --resume goes on from the last"
                                        + " saved state"),
                error);
    }
}
