package dev.graft.runtime.train;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.util.ArrayList;
import java.util.List;

/**
 * What must be the same for a run to go on.
 *
 * @param plan its hash
 * @param base content fingerprint of the checkpoint
 * @param data hash of the examples that it learns from and is measured on
 * @param start hash of the adapter that it started from; empty for random numbers
 */
record RunIdentity(String plan, String base, String data, String start) {

    /** @throws GraftException {@code E_RESUME} naming what is not the same */
    void requireSame(RunIdentity saved) {
        List<String> changed = new ArrayList<>();
        if (!plan.equals(saved.plan)) {
            changed.add("the plan (spec, training settings or base)");
        }
        if (!base.equals(saved.base)) {
            changed.add("the base checkpoint");
        }
        if (!data.equals(saved.data)) {
            changed.add("the data or how they are read");
        }
        if (!start.equals(saved.start)) {
            changed.add("the adapter that it starts from (--start)");
        }
        if (!changed.isEmpty()) {
            throw new GraftException(Issue.error(
                            "E_RESUME", "the unfinished run began with something else: " + String.join(", ", changed))
                    .withFix("resume with what it began with, or start anew with --overwrite"));
        }
    }
}
