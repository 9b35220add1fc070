package dev.graft.report;

import java.util.List;

/** A number of several runs. */
record Spread(List<Double> values) {
    Spread {
        values = List.copyOf(values);
    }

    double mean() {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    /** The sample's standard deviation; NaN for fewer than two values. */
    double deviation() {
        double mean = mean();
        double squares = values.stream()
                .mapToDouble(value -> (value - mean) * (value - mean))
                .sum();
        return values.size() < 2 ? Double.NaN : Math.sqrt(squares / (values.size() - 1));
    }

    /** {@code 4.5423 ± 0.0031}, the mean alone for one value, nothing where there is none. */
    String text(int decimals) {
        String mean = mean(decimals);
        return mean.isEmpty() || values.size() < 2 ? mean : mean + " ± " + Figures.fixed(deviation(), decimals);
    }

    /** Without the deviation. */
    String mean(int decimals) {
        return Double.isFinite(mean()) ? Figures.fixed(mean(), decimals) : "";
    }
}
