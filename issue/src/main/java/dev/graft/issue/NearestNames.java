package dev.graft.issue;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Finds what somebody who wrote a name that doesn't exist may have meant. */
public final class NearestNames {
    private static final int MOST = 3;

    private NearestNames() {}

    /**
     * The (at most three) existing names with the smallest edit distance to the asked one, best first; names that differ
     * in more than half of their characters are left out.
     */
    public static List<String> of(String asked, Collection<String> existing) {
        record Candidate(String name, int distance) {}
        return existing.stream()
                .filter(name -> Math.abs(name.length() - asked.length()) <= asked.length() / 2)
                .map(name -> new Candidate(name, distance(asked, name)))
                .filter(candidate -> candidate.distance() <= Math.max(1, asked.length() / 2))
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .limit(MOST)
                .map(Candidate::name)
                .toList();
    }

    /** Levenshtein distance: insertions, deletions and substitutions of single characters. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        int[] current = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(substituted, 1 + Math.min(previous[j], current[j - 1]));
            }
            int[] swap = previous;
            previous = current;
            current = swap;
        }
        return previous[b.length()];
    }
}
