package dev.graft.runtime.data;

import dev.graft.dsl.Training;
import java.util.OptionalInt;

/**
 * How long examples may be, and which of their tokens count.
 *
 * @param length tokens at most, those of both sides together where there is an encoder
 * @param target how many of them the target may have; the source may have the others. Empty where both sides share the length
 * @param tooLong what happens to a longer example
 * @param supervision which tokens carry loss; behind an encoder all of the target do
 */
public record Limits(int length, OptionalInt target, Training.TooLong tooLong, Training.Supervision supervision) {

    /** One limit for everything. */
    public Limits(int length, Training.TooLong tooLong, Training.Supervision supervision) {
        this(length, OptionalInt.empty(), tooLong, supervision);
    }

    public static Limits of(Training training) {
        return new Limits(training.length(), training.target(), training.tooLong(), training.supervision());
    }

    boolean allow(Example example) {
        return example.source().length <= sourceBeside(example.read());
    }

    /** Tokens that may stand before this many tokens of a target; negative where those alone are too many. */
    int sourceBeside(int targetTokens) {
        if (target.isEmpty()) {
            return length - targetTokens;
        }
        return targetTokens > target.getAsInt() ? -1 : length - target.getAsInt();
    }

    /** As a message says it: {@code 256}, or {@code 1024 of the source and 256 of the target}. */
    String words() {
        return target.isEmpty()
                ? Integer.toString(length)
                : length - target.getAsInt() + " of the source and " + target.getAsInt() + " of the target";
    }
}
