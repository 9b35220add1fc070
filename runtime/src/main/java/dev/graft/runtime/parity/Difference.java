package dev.graft.runtime.parity;

/**
 * How far one tensor is from its reference.
 *
 * @param name of the golden tensor
 * @param measure what was measured, such as {@code max abs}
 * @param value found
 * @param tolerance largest value that still passes
 */
public record Difference(String name, String measure, double value, double tolerance) {

    /** Whether it passes; a NaN doesn't. */
    public boolean holds() {
        return value <= tolerance;
    }

    static Difference maxAbs(String name, float[] ours, double[] reference, double tolerance) {
        requireSameSize(name, ours, reference);
        double worst = 0;
        for (int i = 0; i < ours.length; i++) {
            double difference = Math.abs(ours[i] - reference[i]);
            if (!(difference <= worst)) {
                worst = difference;
            }
        }
        return new Difference(name, "max abs", worst, tolerance);
    }

    /** ‖ours − reference‖ / ‖reference‖. */
    static Difference relativeL2(String name, float[] ours, double[] reference, double tolerance) {
        requireSameSize(name, ours, reference);
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < ours.length; i++) {
            difference += (ours[i] - reference[i]) * (ours[i] - reference[i]);
            norm += reference[i] * reference[i];
        }
        return new Difference(name, "relative L2", Math.sqrt(difference / norm), tolerance);
    }

    /** How many tokens differ. */
    static Difference tokens(String name, long[] ours, long[] reference) {
        int different = Math.abs(ours.length - reference.length);
        for (int i = 0; i < Math.min(ours.length, reference.length); i++) {
            different += ours[i] == reference[i] ? 0 : 1;
        }
        return new Difference(name, "tokens", different, 0);
    }

    private static void requireSameSize(String name, float[] ours, double[] reference) {
        if (ours.length != reference.length) {
            throw new IllegalArgumentException(
                    name + ": " + ours.length + " elements, the golden has " + reference.length);
        }
    }
}
