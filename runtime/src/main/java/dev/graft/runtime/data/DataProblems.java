package dev.graft.runtime.data;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The problems of one data file, reported together: the first ones in full, the others as a count. */
final class DataProblems {
    private static final int SHOWN = 20;

    private final Path file;
    private final List<Issue> shown = new ArrayList<>();
    private int more;

    DataProblems(Path file) {
        this.file = file;
    }

    /** @param line counted from 1; 0 where the whole file is meant */
    void add(long line, String message, String fix) {
        if (shown.size() == SHOWN) {
            more++;
            return;
        }
        String place = line == 0 ? file.toString() : file + ":" + line;
        shown.add(Issue.error("E_DATA", place + ": " + message).withFix(fix));
    }

    boolean isEmpty() {
        return shown.isEmpty();
    }

    /** @throws GraftException with all problems, if there are any */
    void throwIfAny() {
        if (shown.isEmpty()) {
            return;
        }
        List<Issue> all = new ArrayList<>(shown);
        if (more > 0) {
            all.add(Issue.error("E_DATA", file + ": and " + more + " more problems of this kind or others"));
        }
        throw new GraftException(all);
    }

    /** Throws with this problem and those found before. */
    GraftException fatal(long line, String message, String fix) {
        add(line, message, fix);
        try {
            throwIfAny();
            throw new IllegalStateException("a problem was just added");
        } catch (GraftException e) {
            return e;
        }
    }
}
