package dev.graft.cli.bench;

import java.util.List;
import java.util.Locale;

/**
 * Repeated measurements of one duration.
 *
 * @param minimum in seconds
 * @param median in seconds
 * @param times how often it was measured
 */
public record Spread(double minimum, double median, int times) {

    /** @param seconds at least one */
    public static Spread of(List<Double> seconds) {
        List<Double> sorted = seconds.stream().sorted().toList();
        int size = sorted.size();
        double median = (sorted.get((size - 1) / 2) + sorted.get(size / 2)) / 2;
        return new Spread(sorted.get(0), median, size);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.3f s (median %.3f s of %d)", minimum, median, times);
    }
}
