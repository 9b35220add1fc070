package dev.graft.report;

import com.google.errorprone.annotations.CanIgnoreReturnValue;

/** HTML and SVG as text; what isn't a tag is escaped. */
final class Markup {
    private final StringBuilder text = new StringBuilder();

    /** @param attributes name, value, name, value, … */
    @CanIgnoreReturnValue
    Markup open(String tag, String... attributes) {
        start(tag, attributes).append('>');
        return this;
    }

    @CanIgnoreReturnValue
    Markup close(String tag) {
        text.append("</").append(tag).append(">\n");
        return this;
    }

    /** A tag without content. */
    @CanIgnoreReturnValue
    Markup empty(String tag, String... attributes) {
        start(tag, attributes).append("/>");
        return this;
    }

    /** A tag around a text, escaped. */
    @CanIgnoreReturnValue
    Markup element(String tag, String content, String... attributes) {
        start(tag, attributes).append('>').append(escape(content));
        return close(tag);
    }

    @CanIgnoreReturnValue
    Markup text(String content) {
        text.append(escape(content));
        return this;
    }

    /** Text of our own that is no data, such as a style sheet. */
    @CanIgnoreReturnValue
    Markup verbatim(String ours) {
        text.append(ours);
        return this;
    }

    private StringBuilder start(String tag, String... attributes) {
        text.append('<').append(tag);
        for (int i = 0; i < attributes.length; i += 2) {
            text.append(' ').append(attributes[i]).append("=\"").append(escape(attributes[i + 1]));
            text.append('"');
        }
        return text;
    }

    /** A text in which no character means anything to HTML; control characters that HTML forbids become visible. */
    static String escape(String content) {
        StringBuilder safe = new StringBuilder(content.length());
        content.codePoints().forEach(point -> {
            switch (point) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                default -> safe.appendCodePoint(isForbidden(point) ? '\uFFFD' : point);
            }
        });
        return safe.toString();
    }

    private static boolean isForbidden(int point) {
        boolean space = point == '\n' || point == '\t' || point == '\r';
        return (Character.isISOControl(point) && !space) || Character.getType(point) == Character.SURROGATE;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
