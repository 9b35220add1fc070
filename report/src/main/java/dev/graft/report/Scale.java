package dev.graft.report;

import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Maps values to pixels, with round numbers as ticks. */
record Scale(double low, double high, double step, double from, double to) {
    private static final int TICKS = 5;
    private static final int MOST_DECIMALS = 5;

    /** From the least to the greatest value. */
    static Scale exact(Stream<Double> values, double from, double to) {
        DoubleSummaryStatistics range = values.mapToDouble(Double::doubleValue).summaryStatistics();
        if (range.getCount() == 0) {
            return new Scale(0, 1, 1, from, to);
        }
        double least = Math.max(Math.abs(range.getMax()) * 1e-3, 1e-9);
        double width = Math.max(range.getMax() - range.getMin(), least);
        return new Scale(range.getMin(), range.getMin() + width, step(width / TICKS), from, to);
    }

    /** The same, widened so that its ends are ticks. */
    static Scale rounded(Stream<Double> values, double from, double to) {
        Scale exact = exact(values, from, to);
        double low = Math.floor(exact.low / exact.step) * exact.step;
        double high = Math.ceil(exact.high / exact.step) * exact.step;
        return new Scale(low, high, exact.step, from, to);
    }

    /** The next of 1, 2, 5 times a power of ten. */
    private static double step(double atLeast) {
        double power = Math.pow(10, Math.floor(Math.log10(atLeast)));
        for (double factor : new double[] {1, 2, 5}) {
            if (factor * power >= atLeast) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    double at(double value) {
        return from + (value - low) / (high - low) * (to - from);
    }

    /** A tick with as many decimals as the step needs. */
    String label(double tick) {
        int decimals = decimals();
        return decimals <= MOST_DECIMALS || tick == 0
                ? Figures.fixed(tick, tick == 0 ? 0 : decimals)
                : String.format(Locale.ROOT, "%.1e", tick);
    }

    private int decimals() {
        return (int) Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
    }

    /** The multiples of the step between both ends. */
    List<Double> ticks() {
        // Counted, not summed, and rounded to the step's digits: 0.30000000000000004 is no tick.
        double digits = Math.pow(10, decimals());
        List<Double> ticks = new ArrayList<>();
        double slack = 1e-6;
        for (long i = (long) Math.ceil(low / step - slack); i * step <= high + slack * step; i++) {
            ticks.add(Math.rint(i * step * digits) / digits);
        }
        return ticks;
    }
}
