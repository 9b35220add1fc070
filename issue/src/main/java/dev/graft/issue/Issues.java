package dev.graft.issue;

import java.util.ArrayList;
import java.util.List;

/** Collects problems so that they are reported together. Not thread-safe. */
public final class Issues {
    private final List<Issue> found = new ArrayList<>();

    public void add(Issue issue) {
        found.add(issue);
    }

    public List<Issue> all() {
        return List.copyOf(found);
    }

    public boolean hasErrors() {
        return found.stream().anyMatch(issue -> issue.severity() == Severity.ERROR);
    }

    /** @throws GraftException with every error collected so far, if there is one */
    public void throwIfErrors() {
        List<Issue> errors = found.stream()
                .filter(issue -> issue.severity() == Severity.ERROR)
                .toList();
        if (!errors.isEmpty()) {
            throw new GraftException(errors);
        }
    }
}
