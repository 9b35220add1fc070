package dev.graft.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonScannerTest {
    private static final ObjectMapper JACKSON = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_LONG_FOR_INTS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

    @Test
    void all_kinds_of_values_are_read() throws MalformedJson {
        assertThat(parse("{\"a\": [1, -2.5e1, 1E+2, 0, true, false, null, \"x\"], \"b\": {}, \"c\": [], \"d\": null}"))
                .isEqualTo(Map.of("a", List.of(1L, -25.0, 100.0, 0L, true, false, "x"), "b", Map.of(), "c", List.of()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "plain|plain",
                "\\\"\\\\\\/|\"\\/",
                "\\u00e9é\\ud83d\\ude00😀|éé😀😀",
                "日本\\u0041|日本A",
                "\\u00E9\\u00e9|éé"
            })
    void texts_are_decoded(String json, String text) throws MalformedJson {
        assertThat(parse("{\"a\":\"" + json + "\"}")).containsEntry("a", text);
    }

    @Test
    void control_escapes_are_decoded() throws MalformedJson {
        assertThat(parse("{\"a\":\"\\b\\f\\n\\r\\t\"}")).containsEntry("a", "\b\f\n\r\t");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1,}",
                "{,}",
                "{\"a\" 1}",
                "{\"a\":}",
                "{a:1}",
                "{\"a\":[1,]}",
                "{\"a\":[,1]}",
                "{\"a\":[1 2]}",
                "{\"a\":[1}",
                "{\"a\":{]}",
                "{\"a\":01}",
                "{\"a\":+1}",
                "{\"a\":1.}",
                "{\"a\":.5}",
                "{\"a\":1e}",
                "{\"a\":-}",
                "{\"a\":tru}",
                "{\"a\":nul}",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u12g4\"}",
                "{\"a\":\"\\u12\"}",
                "{\"a\":\"\n\"}",
                "{\"a\":\"\\",
                "{\"a\":\"é",
                "{\"a\":1}}",
                "{\"a\":1} //",
                "\uFEFF{}"
            })
    void what_is_no_json_is_refused(String json) {
        assertThatThrownBy(() -> JACKSON.readTree(json)).as("what Jackson says").isInstanceOf(Exception.class);
        assertThatThrownBy(() -> parse(json)).isInstanceOf(MalformedJson.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"999999999999999999", "9223372036854775807", "1000000000000000000", "0", "-0"})
    void long_numbers_are_exact(String number) throws MalformedJson {
        assertThat(parse("{\"a\":" + number + "}")).containsEntry("a", Long.valueOf(number));
    }

    @Test
    void damaged_texts_are_read_as_jackson_reads_them_or_refused_by_both() throws Exception {
        // given a real configuration, damaged byte by byte with a fixed seed
        String home = System.getProperty("graft.home", ".");
        byte[] config = Files.readAllBytes(Path.of(home, "samples/checkpoints/tiny-llama/config.json"));
        Random random = new Random(7);
        String bytes = "{}[]:,\"\\0-9.eE+tfn x\n";
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = config.clone();
            for (int k = random.nextInt(3); k >= 0; k--) {
                damaged[random.nextInt(damaged.length)] = (byte) bytes.charAt(random.nextInt(bytes.length()));
            }

            // when both read it, then both say the same
            Object expected = jackson(damaged);
            assertThat(scanned(damaged))
                    .as(new String(damaged, StandardCharsets.UTF_8))
                    .isEqualTo(expected);
            read += expected instanceof Map ? 1 : 0;
        }
        assertThat(read).as("texts that are still JSON").isBetween(1000, 19_000);
    }

    private static Object jackson(byte[] json) {
        try {
            Map<?, ?> read = JACKSON.readValue(json, Map.class);
            read.values().removeIf(value -> value == null);
            return read;
        } catch (IOException e) {
            return "refused";
        }
    }

    private static Object scanned(byte[] json) {
        try {
            JsonScanner scanner = new JsonScanner(json, 0, json.length);
            Map<String, Object> read = Json.object(scanner);
            scanner.finish();
            return read;
        } catch (MalformedJson e) {
            return "refused";
        }
    }

    private static Map<String, Object> parse(String json) throws MalformedJson {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        JsonScanner scanner = new JsonScanner(bytes, 0, bytes.length);
        Map<String, Object> read = Json.object(scanner);
        scanner.finish();
        return read;
    }
}
