package dev.graft.runtime.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One JSON object of a data file.
 *
 * @param line where it begins, counted from 1
 */
record JsonRecord(long line, JsonNode object) {

    /** The text of a field, or null with a problem noted where there is none. */
    @Nullable
    String text(String field, DataProblems problems) {
        JsonNode value = object.get(field);
        if (value == null) {
            problems.add(line, "the field \"" + field + "\" is missing; there are " + names(), "");
            return null;
        }
        return text(field, value, problems);
    }

    /** The text of a field that may be missing or null: then the empty text. */
    @Nullable
    String optionalText(String field, DataProblems problems) {
        JsonNode value = object.get(field);
        return value == null || value.isNull() ? "" : text(field, value, problems);
    }

    private @Nullable String text(String field, JsonNode value, DataProblems problems) {
        if (value.isTextual()) {
            return value.asText();
        }
        problems.add(line, "\"" + field + "\" is " + kind(value) + ", not a text", "");
        return null;
    }

    boolean has(String field) {
        return object.hasNonNull(field);
    }

    private String names() {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(name -> names.add("\"" + name + "\""));
        return names.isEmpty() ? "none" : String.join(", ", names);
    }

    static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case NULL -> "null";
            case NUMBER -> "the number " + value.asText();
            case BOOLEAN -> value.asText();
            default -> "a text";
        };
    }
}
