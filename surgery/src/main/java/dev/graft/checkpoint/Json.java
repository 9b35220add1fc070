package dev.graft.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Small JSON texts as plain values: {@code Map<String, Object>}, {@code List<Object>}, {@code String}, {@code Boolean},
 * {@code Long} or (outside its range, or with a fraction) {@code Double}. An entry that is {@code null} is left out.
 */
final class Json {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            // Python writes Infinity and NaN.
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(64).build())
            .build();

    private Json() {}

    /** The text is not what was expected; the message says why, without naming the file. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;
        private final boolean duplicateKey;

        private Malformed(String message, boolean duplicateKey) {
            super(message);
            this.duplicateKey = duplicateKey;
        }

        boolean isDuplicateKey() {
            return duplicateKey;
        }
    }

    static Map<String, Object> object(String text) throws Malformed {
        try (JsonParser json = FACTORY.createParser(text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new Malformed("expected a JSON object", false);
            }
            Map<String, Object> object = object(json);
            if (json.nextToken() != null) {
                throw new Malformed("there is text after the closing brace", false);
            }
            return object;
        } catch (JsonProcessingException e) {
            throw new Malformed("it is not valid JSON: " + reason(e), false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the parser found and where, in one line. */
    static String reason(JsonProcessingException e) {
        String message = Excerpt.of(e.getOriginalMessage());
        JsonLocation at = e.getLocation();
        return at == null ? message : message + " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
    }

    private static Map<String, Object> object(JsonParser json) throws IOException, Malformed {
        Map<String, Object> object = new LinkedHashMap<>();
        for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
            boolean known = object.containsKey(key);
            if (json.nextToken() != JsonToken.VALUE_NULL) {
                known |= object.put(key, value(json)) != null;
            }
            if (known) {
                throw new Malformed("it has " + Excerpt.quoted(key) + " more than once", true);
            }
        }
        return Collections.unmodifiableMap(object);
    }

    private static Object value(JsonParser json) throws IOException, Malformed {
        return switch (json.currentToken()) {
            case START_OBJECT -> object(json);
            case START_ARRAY -> list(json);
            case VALUE_STRING -> json.getText();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT ->
                json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                        ? (Object) json.getDoubleValue()
                        : (Object) json.getLongValue();
            case VALUE_NUMBER_FLOAT -> json.getDoubleValue();
            default -> throw new Malformed("a list has " + json.getText(), false);
        };
    }

    private static List<Object> list(JsonParser json) throws IOException, Malformed {
        List<Object> list = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() != JsonToken.VALUE_NULL) {
                list.add(value(json));
            }
        }
        return Collections.unmodifiableList(list);
    }

    /** How a message names a value that is not what was expected. */
    static String describe(Object value) {
        if (value instanceof String text) {
            return "the text " + Excerpt.quoted(text);
        }
        if (value instanceof Map) {
            return "an object";
        }
        return value instanceof List ? "a list" : value.toString();
    }

    /** One spelling per value: keys sorted, no spaces. */
    static String canonical(Object value) {
        StringBuilder text = new StringBuilder();
        canonical(value, text);
        return text.toString();
    }

    private static void canonical(Object value, StringBuilder text) {
        if (value instanceof Map<?, ?> map) {
            text.append('{');
            map.entrySet().stream()
                    .sorted((a, b) -> a.getKey().toString().compareTo(b.getKey().toString()))
                    .forEach(entry -> {
                        canonical(entry.getKey(), text);
                        text.append(':');
                        canonical(entry.getValue(), text);
                        text.append(',');
                    });
            text.append('}');
        } else if (value instanceof List<?> list) {
            text.append('[');
            list.forEach(item -> {
                canonical(item, text);
                text.append(',');
            });
            text.append(']');
        } else if (value instanceof String string) {
            text.append(string.length()).append(':').append(string);
        } else {
            text.append(value);
        }
    }
}
