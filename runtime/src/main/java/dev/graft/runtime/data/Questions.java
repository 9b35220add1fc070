package dev.graft.runtime.data;

import java.util.List;

/**
 * Questions in file order.
 *
 * @param truncated how many had the beginning of their prompt cut
 * @param skipped how many were left out because they are too long
 */
public record Questions(List<Question> questions, int truncated, int skipped) {
    public Questions {
        questions = List.copyOf(questions);
    }
}
