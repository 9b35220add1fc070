package dev.graft.checkpoint;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The inside of a JSON string as text: strict UTF-8, escapes, and no half of a surrogate pair. */
final class JsonText {
    private static final int HEX_DIGITS = 4;

    private final byte[] bytes;
    private final int end;
    private final StringBuilder text = new StringBuilder();
    private int at;

    private JsonText(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    /** @param end where the closing quote is */
    static String decode(byte[] bytes, int from, int end) throws MalformedJson {
        JsonText decoded = new JsonText(bytes, from, end);
        while (decoded.at < end) {
            decoded.plain();
            if (decoded.at < end) {
                decoded.at++;
                decoded.escape();
            }
        }
        decoded.requirePairs(from);
        return decoded.text.toString();
    }

    /** Reads up to the next backslash. */
    private void plain() throws MalformedJson {
        int from = at;
        while (at < end && bytes[at] != '\\') {
            at++;
        }
        ByteBuffer run = ByteBuffer.wrap(bytes, from, at - from);
        try {
            text.append(StandardCharsets.UTF_8.newDecoder().decode(run));
        } catch (CharacterCodingException e) {
            throw new MalformedJson.NotText("byte 0x" + Integer.toHexString(bytes[run.position()] & 0xFF)
                    + " at offset " + run.position() + " is not UTF-8");
        }
    }

    private void escape() throws MalformedJson {
        char escaped = (char) bytes[at++];
        switch (escaped) {
            case '"', '\\', '/' -> text.append(escaped);
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case 'n' -> text.append('\n');
            case 'r' -> text.append('\r');
            case 't' -> text.append('\t');
            case 'u' -> text.append(hexadecimal());
            default -> throw new MalformedJson("unknown escape at byte " + (at - 2));
        }
    }

    private char hexadecimal() throws MalformedJson {
        int value = 0;
        for (int i = 0; i < HEX_DIGITS; i++, at++) {
            int digit = at < end && bytes[at] > 0 ? Character.digit(bytes[at], 16) : -1;
            if (digit < 0) {
                throw new MalformedJson("expected a hexadecimal digit at byte " + at);
            }
            value = 16 * value + digit;
        }
        return (char) value;
    }

    /** An escape can spell half a surrogate pair, which no UTF-8 text can hold. */
    private void requirePairs(int from) throws MalformedJson {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                boolean pair = i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
                if (!pair) {
                    throw new MalformedJson.NotText("half a surrogate pair in the text '" + Excerpt.of(text.toString())
                            + "' at offset " + from);
                }
                i++;
            }
        }
    }
}
