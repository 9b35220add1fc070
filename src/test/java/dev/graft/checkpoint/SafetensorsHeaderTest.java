package dev.graft.checkpoint;

import static dev.graft.checkpoint.RawFile.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsHeaderTest {
    @TempDir
    Path folder;

    static Stream<Arguments> wrongHeaders() {
        String pair = entry("a", "F32", "[2]", 0, 8);
        return Stream.of(
                arguments(
                        "truncated JSON",
                        "{\"a\":{\"dtype\":",
                        0,
                        "E_HEADER_JSON",
                        "expected '\"' at byte 22, found the end"),
                arguments("not an object", "[1]", 0, "E_HEADER_JSON", "expected '{' at byte 8, found '[1]'"),
                arguments("an empty header", "", 0, "E_HEADER_JSON", "expected '{' at byte 8, found the end"),
                arguments(
                        "text after the object",
                        "{} x",
                        0,
                        "E_HEADER_JSON",
                        "text after the end at byte 11, found 'x'"),
                arguments("a second object", "{}{}", 0, "E_HEADER_JSON", "text after the end at byte 10, found '{}'"),
                arguments(
                        "a tensor that is a number",
                        "{\"a\":1}",
                        0,
                        "E_HEADER_JSON",
                        "expected '{' at byte 13, found '1}'"),
                arguments(
                        "a field left out",
                        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}",
                        8,
                        "E_HEADER_JSON",
                        "'a' needs dtype, shape and two data_offsets"),
                arguments(
                        "one offset",
                        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}",
                        8,
                        "E_HEADER_JSON",
                        "two data_offsets"),
                arguments("a name twice", "{" + pair + "," + pair + "}", 8, "E_DUP_KEY", "has 'a' more than once"),
                arguments(
                        "a field twice",
                        "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                        8,
                        "E_DUP_KEY",
                        "'a' has 'dtype' more than once"),
                arguments(
                        "metadata twice",
                        "{\"__metadata__\":{},\"__metadata__\":{}}",
                        0,
                        "E_DUP_KEY",
                        "has '__metadata__' more than once"),
                arguments(
                        "a metadata key twice",
                        "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}",
                        0,
                        "E_DUP_KEY",
                        "__metadata__ has 'k' more than once"),
                arguments(
                        "a metadata number",
                        "{\"__metadata__\":{\"k\":3}}",
                        0,
                        "E_METADATA_TYPE",
                        "__metadata__ 'k' must be a string, found 3"),
                arguments(
                        "a metadata object",
                        "{\"__metadata__\":{\"k\":{\"x\":\"y\"}}}",
                        0,
                        "E_METADATA_TYPE",
                        "found an object"),
                arguments(
                        "metadata that is a list",
                        "{\"__metadata__\":[]}",
                        0,
                        "E_METADATA_TYPE",
                        "must be an object of strings, found a list"),
                arguments(
                        "overlapping tensors",
                        "{" + pair + "," + entry("b", "F32", "[2]", 4, 12) + "}",
                        12,
                        "E_OVERLAP",
                        "'b' F32 [2] [4, 12) overlaps 'a', which ends at 8"),
                arguments(
                        "a hole",
                        "{" + pair + "," + entry("b", "F32", "[2]", 12, 20) + "}",
                        20,
                        "E_HOLE",
                        "'b' F32 [2] starts at 12: the bytes [8, 12) of the data belong to no tensor"),
                arguments("trailing bytes", "{" + pair + "}", 19, "E_TRAILING", "11 bytes after the last tensor"),
                arguments(
                        "a truncated body",
                        "{" + pair + "," + entry("b", "F32", "[2]", 8, 16) + "}",
                        10,
                        "E_TRUNCATED",
                        "need 16 bytes of data, the file has 10; the first that is cut is 'b'"),
                arguments(
                        "a size that is not the shape's",
                        "{" + entry("a", "I32", "[2,2]", 0, 4) + "}",
                        4,
                        "E_SIZE",
                        "'a' I32 [2, 2] needs 16 bytes, its data_offsets are [0, 4)"),
                arguments(
                        "offsets that run backwards",
                        "{" + entry("a", "I32", "[0]", 8, 0) + "}",
                        8,
                        "E_SIZE",
                        "needs 0 bytes, its data_offsets are [8, 0)"),
                arguments(
                        "a product that overflows",
                        "{" + entry("a", "U8", "[4294967296,4294967296]", 0, 0) + "}",
                        0,
                        "E_OVERFLOW",
                        "larger than 2^63 - 1 bits"),
                arguments(
                        "bits that overflow",
                        "{" + entry("a", "F32", "[4611686018427387904]", 0, 0) + "}",
                        0,
                        "E_OVERFLOW",
                        "larger than 2^63 - 1 bits"),
                arguments(
                        "a dimension above 2^63",
                        "{" + entry("a", "U8", "[2,18446744073709551614]", 0, 0) + "}",
                        0,
                        "E_OVERFLOW",
                        "shape of tensor 'a' has 18446744073709551614"),
                arguments(
                        "a negative dimension",
                        "{" + entry("a", "U8", "[-1]", 0, 0) + "}",
                        0,
                        "E_NUMBER",
                        "shape of tensor 'a' must have whole numbers that are not negative, found -1"),
                arguments("a fraction", "{" + entry("a", "U8", "[1.5]", 0, 1) + "}", 1, "E_NUMBER", "found 1.5"),
                arguments("a whole fraction", "{" + entry("a", "U8", "[1.0]", 0, 1) + "}", 1, "E_NUMBER", "found 1.0"),
                arguments("1e400", "{" + entry("a", "U8", "[1e400]", 0, 1) + "}", 1, "E_NUMBER", "found 1e400"),
                arguments("a quoted number", "{" + entry("a", "U8", "[\"1\"]", 0, 1) + "}", 1, "E_NUMBER", "text '1'"),
                arguments(
                        "a negative offset",
                        "{" + entry("a", "U8", "[1]", -1, 0) + "}",
                        1,
                        "E_NUMBER",
                        "data_offsets of tensor 'a' must have whole numbers that are not negative, found -1"),
                arguments(
                        "an unknown dtype",
                        "{" + entry("a", "F8_XYZ", "[1]", 0, 1) + "}",
                        1,
                        "E_DTYPE",
                        "unknown dtype 'F8_XYZ'; known are BOOL, F4, F6_E2M3"),
                arguments(
                        "half a byte",
                        "{" + entry("a", "F4", "[3]", 0, 2) + "}",
                        2,
                        "E_SUBBYTE",
                        "'a' F4 [3] has 12 bits, which is not a whole number of bytes"),
                arguments(
                        "a name with half a surrogate pair",
                        "{" + entry("a\\ud800", "U8", "[1]", 0, 1) + "}",
                        1,
                        "E_HEADER_UTF8",
                        "half a surrogate pair"),
                arguments(
                        "a name with the other half",
                        "{" + entry("a\\udc00", "U8", "[1]", 0, 1) + "}",
                        1,
                        "E_HEADER_UTF8",
                        "half a surrogate pair in the text 'a\\udc00' at offset 10"),
                arguments(
                        "metadata with the first half",
                        "{\"__metadata__\":{\"k\":\"\\ud800x\"}}",
                        0,
                        "E_HEADER_UTF8",
                        "half a surrogate pair"),
                arguments(
                        "metadata with half a surrogate pair",
                        "{\"__metadata__\":{\"k\":\"\\udc00\"}}",
                        0,
                        "E_HEADER_UTF8",
                        "half a surrogate pair in the text '\\udc00' at offset 30"),
                arguments(
                        "a name of more than 4 KiB",
                        "{" + entry("é".repeat(2049), "U8", "[1]", 0, 1) + "}",
                        1,
                        "E_LIMIT",
                        "has more than 4096 bytes"),
                arguments(
                        "a shape of 33 dimensions",
                        "{" + entry("a", "U8", "[1" + ",1".repeat(32) + "]", 0, 1) + "}",
                        1,
                        "E_LIMIT",
                        "shape of tensor 'a' has more than 32 numbers"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongHeaders")
    void is_refused_with_its_code(String what, String header, int data, String code, String message)
            throws IOException {
        Path file = RawFile.write(folder.resolve("model.safetensors"), header, data);

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(GraftException.class)
                .hasMessageStartingWith("[" + code + "] " + file)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7})
    void a_file_without_a_length_is_too_short(int size) throws IOException {
        Path file = Files.write(folder.resolve("model.safetensors"), new byte[size]);

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .hasMessageStartingWith("[E_HEADER_SHORT]")
                .hasMessageContaining("8 bytes at offset 0, this one has " + size + " bytes");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 100_000_001, 1L << 40})
    void a_length_above_the_limit_is_refused(long length) throws IOException {
        Path file = Files.write(folder.resolve("model.safetensors"), RawFile.bytes(length, new byte[] {'{', '}'}, 0));

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .hasMessageStartingWith("[E_HEADER_SIZE]")
                .hasMessageContaining(
                        "says it has " + Long.toUnsignedString(length) + " bytes, the format's limit is 100000000");
    }

    @Test
    void a_length_beyond_the_file_is_refused() throws IOException {
        Path file =
                Files.write(folder.resolve("model.safetensors"), RawFile.bytes(99_999_999, new byte[] {'{', '}'}, 0));

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .hasMessageStartingWith("[E_HEADER_LENGTH]")
                .hasMessageContaining("says it has 99999999 bytes, but only 2 follow");
    }

    @Test
    void bytes_that_are_not_utf8_are_refused_with_their_offset() throws IOException {
        Path file = RawFile.write(folder.resolve("model.safetensors"), new byte[] {'{', '"', (byte) 0xFF, '"'}, 0);

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .hasMessageStartingWith("[E_HEADER_UTF8]")
                .hasMessageContaining("byte 0xff at offset 10");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{\"a\":", "{\"a\":{\"x\":", "{\"a\":{\"shape\":", "{\"__metadata__\":{\"k\":"})
    void deep_nesting_is_refused_without_a_stack_overflow(String before) throws IOException {
        Path file = RawFile.write(folder.resolve("model.safetensors"), before + "[".repeat(100_000), 0);

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_HEADER_JSON]");
    }

    @Test
    void all_problems_of_a_file_come_together_and_a_flood_is_only_counted() throws IOException {
        StringBuilder header = new StringBuilder("{");
        for (int i = 0; i < 1000; i++) {
            header.append(i == 0 ? "" : ",").append(entry("t" + i, "I32", "[1]", 0, 16));
        }
        Path file = RawFile.write(
                folder.resolve("model.safetensors"), header.append("}").toString(), 16);

        GraftException refused = catchThrowableOfType(GraftException.class, () -> SafetensorsFile.open(file));

        assertThat(refused.issues()).hasSize(21);
        assertThat(refused.issues()).extracting(Issue::code).contains("E_SIZE", "E_LIMIT");
        assertThat(refused).hasMessageContaining("1979 more problems are not listed");
    }

    @Test
    void a_header_just_under_the_limit_with_too_many_tensors_is_refused() throws IOException {
        Path file = folder.resolve("model.safetensors");
        int count = 1_700_000;
        byte[] last =
                "\"end\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}".getBytes(StandardCharsets.UTF_8);
        String first = String.format("\"%07d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},", 0);
        long length = 1 + (long) count * first.length() + last.length;
        assertThat(length).isBetween(95_000_000L, 100_000_000L);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(length)
                    .array());
            out.write('{');
            byte[] entry = first.getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < count; i++) {
                for (int digit = 7, rest = i; digit >= 1; digit--, rest /= 10) {
                    entry[digit] = (byte) ('0' + rest % 10);
                }
                out.write(entry);
            }
            out.write(last);
        }

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .hasMessageStartingWith("[E_LIMIT]")
                .hasMessageContaining("more than 500000 tensors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "\t\n {}\r  ", "{ }        "})
    void whitespace_around_the_header_is_accepted(String header) throws IOException {
        assertThat(SafetensorsFile.open(RawFile.write(folder.resolve("model.safetensors"), header, 0))
                        .tensors())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {640, 19_280})
    void a_header_length_that_looks_like_a_pickle_is_accepted(int length) throws IOException {
        String header = "{}" + " ".repeat(length - 2);

        assertThat(SafetensorsFile.open(RawFile.write(folder.resolve("model.safetensors"), header, 0))
                        .tensors())
                .isEmpty();
    }

    @Test
    void scalars_and_empty_tensors_are_accepted() throws IOException {
        String header = "{" + entry("none", "F32", "[2,0]", 4, 4) + "," + entry("scalar", "F32", "[]", 0, 4) + "}";
        SafetensorsFile file = SafetensorsFile.open(RawFile.write(folder.resolve("model.safetensors"), header, 4));

        assertThat(file.tensors().keySet()).containsExactly("scalar", "none");
        assertThat(file.floats("scalar")).containsExactly(0);
        assertThat(file.floats("none")).isEmpty();
        assertThat(file.tensor("scalar").elements()).isOne();
        assertThat(file.tensor("none").elements()).isZero();
    }

    @Test
    void hostile_text_in_a_name_is_only_a_name() throws IOException {
        String name = "\"; Runtime.getRuntime().exec(\"x\"); \n\\u000a*/";
        Path file = folder.resolve("model.safetensors");

        new SafetensorsWriter().floats(name, List.of(1L), 1).write(file, IfExists.REFUSE);

        assertThat(SafetensorsFile.open(file).floats(name)).containsExactly(1);
        assertThatThrownBy(() -> SafetensorsFile.open(file).longs(name))
                .hasMessageStartingWith("[E_DTYPE]")
                .hasMessageContaining("; \\u000a\\u000a*/' is F32, expected a whole-number type");
    }

    static Stream<Arguments> foreignFiles() {
        return Stream.of(
                arguments("a zip archive", new byte[] {'P', 'K', 3, 4, 0, 0, 8, 8, 0, 0}, "E_PICKLE"),
                arguments("a pickle", new byte[] {(byte) 0x80, 2, (byte) 0x8A, 10, 'l', (byte) 0xFC, 9, 1}, "E_PICKLE"),
                arguments("a short pickle", new byte[] {(byte) 0x80, 2, '}', '.'}, "E_PICKLE"),
                arguments("GGUF", new byte[] {'G', 'G', 'U', 'F', 3, 0, 0, 0, 1, 0, 0, 0}, "E_FORMAT"),
                arguments(
                        "a Git LFS pointer",
                        "version https://git-lfs.github.com/spec/v1\noid sha256:00".getBytes(StandardCharsets.UTF_8),
                        "E_FORMAT"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("foreignFiles")
    void another_format_under_a_safetensors_name_is_told_apart(String what, byte[] content, String code)
            throws IOException {
        Path file = Files.write(folder.resolve("model.safetensors"), content);

        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .hasMessageStartingWith("[" + code + "]")
                .hasMessageContaining("fix:");
    }
}
