package dev.graft.issue;

import java.util.List;
import java.util.stream.Collectors;

/** Thrown where an input, a spec or a run is refused; carries every issue that was found, not only the first. */
public final class GraftException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Issue> issues;

    public GraftException(List<Issue> issues) {
        super(text(issues));
        this.issues = List.copyOf(issues);
    }

    public GraftException(Issue issue) {
        this(List.of(issue));
    }

    public GraftException(Issue issue, Throwable cause) {
        super(text(List.of(issue)), cause);
        this.issues = List.of(issue);
    }

    /** All problems, in the order in which they were found; never empty. */
    public List<Issue> issues() {
        return issues;
    }

    private static String text(List<Issue> issues) {
        return issues.stream().map(Issue::render).collect(Collectors.joining("\n"));
    }
}
