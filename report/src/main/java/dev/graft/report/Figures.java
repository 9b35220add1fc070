package dev.graft.report;

import java.util.Locale;

/** Numbers as a reader wants them. */
final class Figures {
    private static final String[] THOUSANDS = {"", " k", " M", " G", " T", " P"};
    private static final String[] BINARY = {" B", " KiB", " MiB", " GiB", " TiB"};

    private Figures() {}

    /** At most three decimals, without trailing zeros; very small and very large ones with an exponent. */
    static String number(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            return Long.toString((long) value);
        }
        double size = Math.abs(value);
        if (size < 1e-3 || size >= 1e15) {
            return String.format(Locale.ROOT, "%.3g", value);
        }
        return String.format(Locale.ROOT, "%.3f", value).replaceAll("\\.?0+$", "");
    }

    /** With a fixed number of decimals. */
    static String fixed(double value, int decimals) {
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    /** {@code 1,234,567}. */
    static String grouped(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** {@code 6.36 M}. */
    static String scaled(long value) {
        return scaled((double) value, 1000, THOUSANDS);
    }

    /** {@code 6.3 MiB}. */
    static String bytes(long value) {
        return scaled((double) value, 1024, BINARY);
    }

    /** {@code 1 min 12 s}. */
    static String seconds(double value) {
        if (value < 60) {
            return fixed(value, value < 10 ? 1 : 0) + " s";
        }
        long whole = Math.round(value);
        return whole < 3600
                ? whole / 60 + " min " + whole % 60 + " s"
                : whole / 3600 + " h " + whole % 3600 / 60 + " min";
    }

    private static String scaled(double value, int base, String[] units) {
        int unit = 0;
        double rest = value;
        while (rest >= base && unit < units.length - 1) {
            rest /= base;
            unit++;
        }
        return unit == 0 ? number(rest) + units[0] : fixed(rest, rest < 10 ? 2 : rest < 100 ? 1 : 0) + units[unit];
    }
}
