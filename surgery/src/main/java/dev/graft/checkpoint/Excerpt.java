package dev.graft.checkpoint;

import java.util.List;
import java.util.stream.Collectors;

/** Text from a file that is not trusted, made fit for a one-line message: control characters escaped, length bounded. */
final class Excerpt {
    private static final int LENGTH = 120;
    private static final int NAMED = 5;

    private Excerpt() {}

    static String quoted(String text) {
        return "'" + of(text) + "'";
    }

    /** The first names of a list that may be long. */
    static String some(List<String> names) {
        String first = names.stream().limit(NAMED).collect(Collectors.joining(", "));
        return names.size() <= NAMED ? first : first + ", …";
    }

    static String of(String text) {
        StringBuilder line = new StringBuilder();
        text.codePoints().limit(LENGTH).forEach(point -> {
            if (Character.isISOControl(point)
                    || Character.getType(point) == Character.FORMAT
                    || Character.getType(point) == Character.SURROGATE
                    || Character.getType(point) == Character.LINE_SEPARATOR
                    || Character.getType(point) == Character.PARAGRAPH_SEPARATOR) {
                line.append(String.format("\\u%04x", point));
            } else {
                line.appendCodePoint(point);
            }
        });
        return text.codePointCount(0, Math.min(text.length(), 2 * LENGTH + 2)) > LENGTH
                ? line.append('…').toString()
                : line.toString();
    }
}
