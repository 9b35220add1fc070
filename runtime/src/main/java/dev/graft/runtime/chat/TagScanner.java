package dev.graft.runtime.chat;

/**
 * Reads the inside of one tag or expression, from its opening to its closing mark, and writes it in the form that the
 * library understands: texts with plain escapes only, and spaces between braces that would look like a mark.
 */
final class TagScanner {
    private final String source;
    private final String close;
    private final StringBuilder body = new StringBuilder();
    private final int start;
    private int at;
    private int depth;

    /** @param start the index after the opening mark and its sign */
    TagScanner(String source, int start, String close) {
        this.source = source;
        this.start = start;
        this.at = start;
        this.close = close;
    }

    /** Scans up to the closing mark. */
    void scan() {
        while (!atEnd()) {
            if (at >= source.length()) {
                throw new TemplateFault("a tag or expression is not closed");
            }
            if (at - start > Limits.TAG) {
                throw new TemplateFault("a tag or expression has more than " + Limits.TAG + " characters");
            }
            char c = source.charAt(at++);
            switch (c) {
                case '\'', '"' -> text(c);
                case '(', '[', '{' -> open(c);
                case ')', ']', '}' -> close(c);
                default -> body.append(c);
            }
        }
    }

    /** The inside, without the sign at its end. */
    String body() {
        return body.toString();
    }

    /** {@code -}, {@code +} or a space: the sign before the closing mark. */
    char sign() {
        return source.startsWith(close, at) ? ' ' : source.charAt(at);
    }

    /** The index after the closing mark. */
    int end() {
        return at + (sign() == ' ' ? 0 : 1) + close.length();
    }

    private boolean atEnd() {
        if (depth > 0) {
            return false;
        }
        boolean signed = at < source.length() && "-+".indexOf(source.charAt(at)) >= 0;
        return source.startsWith(close, at) || (signed && source.startsWith(close, at + 1));
    }

    private void open(char bracket) {
        if (++depth > Limits.NESTING) {
            throw new TemplateFault("more than " + Limits.NESTING + " brackets within each other");
        }
        body.append(bracket).append(bracket == '{' ? " " : "");
    }

    private void close(char bracket) {
        depth--;
        body.append(bracket == '}' ? " " : "").append(bracket);
    }

    /** A text literal of Python: its escapes are resolved, and what needs one again gets the library's. */
    private void text(char quote) {
        StringBuilder continued = new StringBuilder();
        body.append(quote);
        while (at < source.length() && source.charAt(at) != quote) {
            char c = source.charAt(at++);
            if (c != '\\') {
                body.append(c);
            } else if (at < source.length() && source.charAt(at) == '\n') {
                continued.append(source.charAt(at++));
            } else {
                escape();
            }
        }
        if (at >= source.length()) {
            throw new TemplateFault("a text is not closed");
        }
        at++;
        body.append(quote).append(continued);
    }

    private void escape() {
        char c = at < source.length() ? source.charAt(at++) : '\\';
        switch (c) {
            case 'n', 't', 'r', 'b', 'f', '\\', '\'', '"' -> body.append('\\').append(c);
            case 'x' -> character(2);
            case 'u' -> character(4);
            case 'U' -> character(8);
            default -> body.append("\\\\").append(c);
        }
    }

    private void character(int digits) {
        try {
            body.appendCodePoint(Integer.parseInt(source, at, at + digits, 16));
            at += digits;
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new TemplateFault("a text has a broken \\ escape");
        }
    }
}
