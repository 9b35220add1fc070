package dev.graft.cli;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;

/** What a command line's values mean and may be. */
final class OptionValues {
    private OptionValues() {}

    /** @throws GraftException {@code E_USAGE} for a smaller number */
    static void requireAtLeast(String option, int value, int least) {
        if (value < least) {
            throw new GraftException(Issue.error("E_USAGE", option + " " + value + " must be " + least + " or more"));
        }
    }

    /** A text in which {@code \n} is a line break, as nobody can type one. */
    static String text(String typed) {
        return typed.replace("\\n", "\n");
    }
}
