package dev.graft.checkpoint;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * JSON values as plain Java ones: {@code Map<String, Object>}, {@code List<Object>}, {@code String}, {@code Boolean},
 * {@code Long} or (outside its range, or with a fraction) {@code Double}. {@code null} is left out. Python's
 * {@code Infinity} and {@code NaN} are numbers.
 */
final class Json {
    private Json() {}

    /** The object that is next. */
    static Map<String, Object> object(JsonScanner json) throws MalformedJson {
        Map<String, Object> object = new LinkedHashMap<>();
        Set<String> names = new HashSet<>();
        json.enterObject();
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            if (!names.add(name)) {
                throw new MalformedJson("it has " + Excerpt.quoted(name) + " more than once");
            }
            Optional<Object> value = value(json);
            if (value.isPresent()) {
                object.put(name, value.get());
            }
        }
        return Collections.unmodifiableMap(object);
    }

    /** The value that is next; empty for {@code null}. */
    static Optional<Object> value(JsonScanner json) throws MalformedJson {
        return switch (json.peek()) {
            case OBJECT -> Optional.of(object(json));
            case ARRAY -> Optional.of(list(json));
            case STRING -> Optional.of(json.string());
            case NUMBER -> Optional.of(json.word("-Infinity") ? Double.NEGATIVE_INFINITY : number(json.number()));
            default -> word(json);
        };
    }

    private static List<Object> list(JsonScanner json) throws MalformedJson {
        List<Object> list = new ArrayList<>();
        json.enterArray();
        while (json.nextItem()) {
            value(json).ifPresent(list::add);
        }
        return Collections.unmodifiableList(list);
    }

    private static Object number(String written) {
        try {
            return Long.valueOf(written);
        } catch (NumberFormatException e) {
            return Double.valueOf(written);
        }
    }

    private static Optional<Object> word(JsonScanner json) throws MalformedJson {
        if (json.word("null")) {
            return Optional.empty();
        }
        if (json.word("true")) {
            return Optional.of(true);
        }
        if (json.word("false")) {
            return Optional.of(false);
        }
        if (json.word("Infinity")) {
            return Optional.of(Double.POSITIVE_INFINITY);
        }
        if (json.word("NaN")) {
            return Optional.of(Double.NaN);
        }
        throw json.malformed("expected a value");
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
