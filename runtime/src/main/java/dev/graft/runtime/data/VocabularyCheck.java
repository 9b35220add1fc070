package dev.graft.runtime.data;

import java.util.Arrays;

/** Refuses ids that the model's embedding has no row for. */
record VocabularyCheck(int vocabulary) {

    /** The same for all ids of an example. */
    boolean allow(long line, Example example, DataProblems problems) {
        return allow(line, example.source(), problems) && allow(line, example.ids(), problems);
    }

    /** Whether all ids have a row; otherwise the first that hasn't is noted. */
    boolean allow(long line, int[] ids, DataProblems problems) {
        var unknown =
                Arrays.stream(ids).filter(id -> id < 0 || id >= vocabulary).findFirst();
        unknown.ifPresent(id -> problems.add(
                line,
                "the token id " + id + " is outside the model's vocabulary of " + vocabulary,
                "use the tokenizer that belongs to this checkpoint"));
        return unknown.isEmpty();
    }
}
