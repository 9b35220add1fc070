package dev.graft.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Damages JSON: as a bad copy would, as a bad writer would, and as somebody would who knows the format. */
final class Mutator {
    private static final List<String> WORDS = List.of(
            "{",
            "}",
            "[",
            "]",
            "\"",
            ":",
            ",",
            "{}",
            "[]",
            "null",
            "true",
            "false",
            "NaN",
            "-Infinity",
            "\\",
            "\\u",
            "\\ud800",
            "\\u0000",
            "\u0000",
            "\u00ff",
            "\u00c0\u0080",
            " ",
            "\n",
            "[".repeat(100),
            "{\"a\":".repeat(70),
            "\"shape\":",
            "\"dtype\":",
            "\"data_offsets\":",
            "\"__metadata__\":{\"k\":\"v\"},",
            "x".repeat(5000));

    private static final List<String> NUMBERS = List.of(
            "0",
            "-0",
            "1",
            "-1",
            "2",
            "7",
            "255",
            "65536",
            "2147483647",
            "2147483648",
            "-2147483648",
            "4294967296",
            "4611686018427387904",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551616",
            "1.5",
            "1.0",
            "1e0",
            "1e400",
            "-1e400",
            "1e-400",
            "00",
            "1e",
            "1.",
            ".5",
            "+1",
            "9".repeat(400),
            "NaN",
            "Infinity",
            "null",
            "[]",
            "{}",
            "\"1\"");

    private static final List<String> TEXTS = List.of(
            "",
            "a",
            "F32",
            "F4",
            "F8_XYZ",
            "BOOL",
            "__metadata__",
            "shape",
            "../../etc/passwd",
            "/etc/passwd",
            "C:\\\\x",
            "a/../b",
            "a\\u0000b",
            "\\ud83d\\ude00",
            "\\udc00",
            "n\\u000a\\\"; Runtime.exec",
            "model.layers.99999999999.x",
            "model.layers.-1.mlp",
            ".experts.",
            "llama",
            "mixtral",
            "t5",
            "default",
            "linear",
            "yarn",
            "é".repeat(2100));

    private final Random random;

    Mutator(long seed) {
        this.random = new Random(seed);
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    <T> T oneOf(List<T> choices) {
        return choices.get(below(choices.size()));
    }

    /** The same text with one to four things wrong; now and then still sound. */
    byte[] mutate(byte[] text) {
        byte[] damaged = text.clone();
        for (int times = 1 + below(1 + below(4)); times > 0; times--) {
            damaged = damaged.length == 0 ? insert(damaged) : mutateOnce(damaged);
        }
        return damaged;
    }

    private byte[] mutateOnce(byte[] text) {
        return switch (below(10)) {
            case 0 -> flipBit(text);
            case 1 -> replace(text, below(text.length), 1, oneOf(WORDS).getBytes(ISO_8859_1));
            case 2 -> insert(text);
            case 3 -> cut(text);
            case 4 -> repeat(text);
            case 5 -> move(text);
            case 6, 7 -> replaceNumber(text);
            default -> replaceText(text);
        };
    }

    private byte[] flipBit(byte[] text) {
        text[below(text.length)] ^= (byte) (1 << below(Byte.SIZE));
        return text;
    }

    private byte[] insert(byte[] text) {
        return replace(text, below(text.length + 1), 0, oneOf(WORDS).getBytes(ISO_8859_1));
    }

    private byte[] cut(byte[] text) {
        int at = below(text.length);
        return replace(text, at, below(8) == 0 ? text.length - at : length(text, at), new byte[0]);
    }

    private byte[] repeat(byte[] text) {
        int at = below(text.length);
        return replace(text, at, 0, part(text, at, length(text, at)));
    }

    private byte[] move(byte[] text) {
        int at = below(text.length);
        byte[] moved = part(text, at, length(text, at));
        byte[] rest = replace(text, at, moved.length, new byte[0]);
        return replace(rest, below(rest.length + 1), 0, moved);
    }

    private int length(byte[] text, int at) {
        return Math.min(text.length - at, 1 + below(below(4) == 0 ? 400 : 20));
    }

    /** The first number behind a random place. */
    private byte[] replaceNumber(byte[] text) {
        int at = below(text.length);
        while (at < text.length && !isDigit(text[at])) {
            at++;
        }
        int end = at;
        while (end < text.length && isDigit(text[end])) {
            end++;
        }
        return replace(text, at, end - at, oneOf(NUMBERS).getBytes(ISO_8859_1));
    }

    /** The first text behind a random place gets one of ours, or another one of the file. */
    private byte[] replaceText(byte[] text) {
        int at = quote(text, below(text.length)) + 1;
        int end = quote(text, at);
        if (end >= text.length) {
            return insert(text);
        }
        byte[] other = oneOf(TEXTS).getBytes(ISO_8859_1);
        if (below(2) == 0) {
            int from = quote(text, below(text.length)) + 1;
            other = part(text, Math.min(from, text.length), Math.max(0, quote(text, from) - from));
        }
        return replace(text, at, end - at, other);
    }

    private static int quote(byte[] text, int from) {
        int at = from;
        while (at < text.length && text[at] != '"') {
            at++;
        }
        return at;
    }

    private static boolean isDigit(byte character) {
        return character >= '0' && character <= '9';
    }

    private static byte[] part(byte[] text, int from, int length) {
        return Arrays.copyOfRange(text, from, from + length);
    }

    private static byte[] replace(byte[] text, int at, int length, byte[] by) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length - length + by.length);
        out.write(text, 0, at);
        out.writeBytes(by);
        out.write(text, at + length, text.length - at - length);
        return out.toByteArray();
    }
}
