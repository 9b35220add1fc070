package dev.graft.checkpoint;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON (RFC 8259, nothing more lenient) from UTF-8 bytes, once, front to back. Depth is bounded, and nothing in the
 * text decides how much is allocated ahead. Why not Jackson: decision record 6.
 */
final class JsonScanner {
    private static final int MAX_DEPTH = 64;
    private static final int NATURAL_DIGITS = 18;

    /** What the next value is, told by its first byte. */
    enum Kind {
        OBJECT,
        ARRAY,
        STRING,
        NUMBER,
        OTHER,
        END
    }

    private final byte[] bytes;
    private final int end;
    private int at;
    private int depth;
    private boolean first;

    JsonScanner(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    Kind peek() {
        skipSpace();
        if (at == end) {
            return Kind.END;
        }
        return switch (bytes[at]) {
            case '{' -> Kind.OBJECT;
            case '[' -> Kind.ARRAY;
            case '"' -> Kind.STRING;
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> Kind.NUMBER;
            default -> Kind.OTHER;
        };
    }

    void enterObject() throws MalformedJson {
        enter('{');
    }

    void enterArray() throws MalformedJson {
        enter('[');
    }

    /** The next name of the object that was entered last, its value to be read next; {@code null} leaves the object. */
    @Nullable
    String nextName() throws MalformedJson {
        if (!next('}')) {
            return null;
        }
        String name = string();
        skipSpace();
        expect(':');
        return name;
    }

    /** Whether the array that was entered last has another value, to be read next; {@code false} leaves the array. */
    boolean nextItem() throws MalformedJson {
        return next(']');
    }

    String string() throws MalformedJson {
        skipSpace();
        expect('"');
        int from = at;
        while (at < end) {
            byte next = bytes[at];
            if (next == '"') {
                return new String(bytes, from, at++ - from, StandardCharsets.ISO_8859_1);
            }
            if (next < ' ' || next == '\\') { // a byte of a character beyond ASCII is negative
                return longString(from);
            }
            at++;
        }
        return longString(from);
    }

    /** A whole number without sign of at most 18 digits; else -1, and the number is still to be read. */
    long natural() {
        skipSpace();
        long value = 0;
        int i = at;
        while (i < end && bytes[i] >= '0' && bytes[i] <= '9' && i - at <= NATURAL_DIGITS) {
            value = 10 * value + bytes[i++] - '0';
        }
        int digits = i - at;
        boolean plain = digits > 0 && digits <= NATURAL_DIGITS && (digits == 1 || bytes[at] != '0');
        if (!plain || i == end || bytes[i] == '.' || bytes[i] == 'e' || bytes[i] == 'E') {
            return -1;
        }
        at = i;
        return value;
    }

    /** Any number, as it is written. */
    String number() throws MalformedJson {
        skipSpace();
        int from = at;
        accept('-');
        if (!accept('0')) {
            digits();
        }
        if (accept('.')) {
            digits();
        }
        if (accept('e') || accept('E')) {
            if (!accept('+')) {
                accept('-');
            }
            digits();
        }
        return new String(bytes, from, at - from, StandardCharsets.ISO_8859_1);
    }

    /** Reads this word if it is next. */
    boolean word(String word) {
        skipSpace();
        for (int i = 0; i < word.length(); i++) {
            if (at + i >= end || bytes[at + i] != word.charAt(i)) {
                return false;
            }
        }
        at += word.length();
        return true;
    }

    /** Reads over a value of any kind. */
    void skip() throws MalformedJson {
        switch (peek()) {
            case OBJECT -> {
                enterObject();
                while (nextName() != null) {
                    skip();
                }
            }
            case ARRAY -> {
                enterArray();
                while (nextItem()) {
                    skip();
                }
            }
            case STRING -> string();
            case NUMBER -> number();
            default -> {
                if (!word("true") && !word("false") && !word("null")) {
                    throw malformed("expected a value");
                }
            }
        }
    }

    /** @throws MalformedJson unless only whitespace is left */
    void finish() throws MalformedJson {
        if (peek() != Kind.END) {
            throw malformed("there is text after the end");
        }
    }

    MalformedJson malformed(String problem) {
        String found = at == end
                ? "the end"
                : Excerpt.quoted(new String(bytes, at, Math.min(12, end - at), StandardCharsets.ISO_8859_1));
        return new MalformedJson(problem + " at byte " + at + ", found " + found);
    }

    private void enter(char open) throws MalformedJson {
        skipSpace();
        expect(open);
        if (++depth > MAX_DEPTH) {
            throw malformed("more than " + MAX_DEPTH + " levels");
        }
        first = true;
    }

    private boolean next(char close) throws MalformedJson {
        skipSpace();
        if (accept(close)) {
            depth--;
            first = false;
            return false;
        }
        if (!first) {
            expect(',');
        }
        first = false;
        return true;
    }

    private void skipSpace() {
        while (at < end && (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\t' || bytes[at] == '\r')) {
            at++;
        }
    }

    private boolean accept(char expected) {
        if (at < end && bytes[at] == expected) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char expected) throws MalformedJson {
        if (!accept(expected)) {
            throw malformed("expected '" + expected + "'");
        }
    }

    private void digits() throws MalformedJson {
        int from = at;
        while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
            at++;
        }
        if (at == from) {
            throw malformed("expected a digit");
        }
    }

    /** A text with escapes or characters beyond ASCII; {@code from} is its first byte. */
    private String longString(int from) throws MalformedJson {
        while (at < end && bytes[at] != '"') {
            if (bytes[at] >= 0 && bytes[at] < ' ') {
                throw malformed("a control character in a text");
            }
            at += bytes[at] == '\\' ? 2 : 1;
        }
        if (at >= end) {
            throw new MalformedJson("the text that starts at byte " + from + " does not end");
        }
        return JsonText.decode(bytes, from, at++);
    }
}
