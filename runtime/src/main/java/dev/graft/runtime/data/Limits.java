package dev.graft.runtime.data;

import dev.graft.dsl.Training;

/**
 * How long examples may be, and which of their tokens count.
 *
 * @param length tokens at most, those of both sides together where there is an encoder
 * @param tooLong what happens to a longer example
 * @param supervision which tokens carry loss; behind an encoder all of the target do
 */
public record Limits(int length, Training.TooLong tooLong, Training.Supervision supervision) {

    public static Limits of(Training training) {
        return new Limits(training.length(), training.tooLong(), training.supervision());
    }
}
