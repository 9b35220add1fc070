package dev.graft.runtime.data;

import java.util.List;

/**
 * A question that is answered by the likeliest of its options.
 *
 * @param line where it begins in its file
 * @param options at least two
 * @param gold index of the right one
 */
public record Question(long line, List<Option> options, int gold) {
    public Question {
        options = List.copyOf(options);
    }

    /**
     * One option.
     *
     * @param text what is scored
     * @param example the question's tokens and, supervised, the option's
     */
    public record Option(String text, Example example) {}
}
