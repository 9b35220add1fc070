package dev.graft.runtime.data;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How an answer is read out of generated text, and which one is right: the rules of LLM-Adapters, which PERFT measures by. */
public sealed interface ExpectedAnswer {

    /** What the text answers; empty where it gives no answer. */
    Optional<String> in(String text);

    /** Whether an answer that {@link #in} found is the right one. */
    boolean isRight(String answer);

    /** Tokens that are generated at most. */
    int tokens();

    /** Whether more text can't change the answer. */
    default boolean isSettled(String text) {
        return in(text).isPresent();
    }

    /** The label that stands first in the text; of two at the same place the longer one. */
    record FirstLabel(List<String> labels, String gold) implements ExpectedAnswer {
        public FirstLabel {
            labels = List.copyOf(labels);
        }

        @Override
        public Optional<String> in(String text) {
            return labels.stream()
                    .filter(text::contains)
                    .min(Comparator.<String>comparingInt(text::indexOf)
                            .thenComparing(
                                    Comparator.comparingInt(String::length).reversed()));
        }

        @Override
        public boolean isRight(String answer) {
            return answer.equals(gold);
        }

        @Override
        public int tokens() {
            return 32;
        }
    }

    /** The first letter from A to E. */
    record FirstLetter(String gold) implements ExpectedAnswer {
        static final Pattern LETTER = Pattern.compile("[A-E]");

        @Override
        public Optional<String> in(String text) {
            return LETTER.matcher(text).results().map(MatchResult::group).findFirst();
        }

        @Override
        public boolean isRight(String answer) {
            return answer.equals(gold);
        }

        @Override
        public int tokens() {
            return 256;
        }
    }

    /** The last number, commas left out. */
    record LastNumber(double gold) implements ExpectedAnswer {
        static final Pattern NUMBER = Pattern.compile("-?\\d+(?:\\.\\d+)?");

        private static final double TOLERANCE = 1e-3;

        @Override
        public Optional<String> in(String text) {
            Stream<String> numbers =
                    NUMBER.matcher(text.replace(",", "")).results().map(MatchResult::group);
            return numbers.reduce((earlier, later) -> later);
        }

        @Override
        public boolean isRight(String answer) {
            return Math.abs(Double.parseDouble(answer) - gold) <= TOLERANCE;
        }

        @Override
        public int tokens() {
            return 256;
        }

        @Override
        public boolean isSettled(String text) {
            return false;
        }
    }
}
