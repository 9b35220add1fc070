package dev.graft.report;

/**
 * What came of questions that a model was asked.
 *
 * @param name of its column
 * @param value a share from 0 to 1, or nats
 */
public record Score(String name, Unit unit, double value) {

    /** What a score counts. */
    public enum Unit {
        /** A share of questions. */
        SHARE,
        /** A loss. */
        NATS
    }

    /** A share of questions, 0 to 1. */
    public static Score share(String name, double value) {
        return new Score(name, Unit.SHARE, value);
    }

    /** A mean loss. */
    public static Score nats(String name, double value) {
        return new Score(name, Unit.NATS, value);
    }

    /** As tables have it: shares in percent. */
    double shown() {
        return unit == Unit.SHARE ? 100 * value : value;
    }
}
