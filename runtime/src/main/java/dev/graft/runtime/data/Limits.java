package dev.graft.runtime.data;

import dev.graft.dsl.Training;

/**
 * How long examples may be, and which of their tokens count.
 *
 * @param length tokens at most
 * @param tooLong what happens to a longer example
 * @param supervision which tokens carry loss
 */
public record Limits(int length, Training.TooLong tooLong, Training.Supervision supervision) {

    public static Limits of(Training training) {
        return new Limits(training.length(), training.tooLong(), training.supervision());
    }
}
