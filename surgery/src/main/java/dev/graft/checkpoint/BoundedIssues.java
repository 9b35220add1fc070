package dev.graft.checkpoint;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.util.ArrayList;
import java.util.List;

/** The problems of one file: the first ones in full, the others only counted, so that a hostile file can't fill the heap. */
public final class BoundedIssues {
    private static final int KEPT = 20;

    private final String file;
    private final List<Issue> kept = new ArrayList<>();
    private long dropped;

    public BoundedIssues(String file) {
        this.file = file;
    }

    public void add(Issue issue) {
        if (kept.size() < KEPT) {
            kept.add(issue);
        } else {
            dropped++;
        }
    }

    /** @throws GraftException with the problems kept, if there are any */
    public void throwIfAny() {
        if (kept.isEmpty()) {
            return;
        }
        List<Issue> reported = new ArrayList<>(kept);
        if (dropped > 0) {
            reported.add(Issue.error("E_LIMIT", file + ": " + dropped + " more problems are not listed."));
        }
        throw new GraftException(reported);
    }
}
