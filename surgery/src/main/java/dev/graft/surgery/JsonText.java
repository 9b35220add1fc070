package dev.graft.surgery;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.NearestNames;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** JSON that people read: what fits on a line stays on one. Written from the same value, it is the same text. */
final class JsonText {
    private static final JsonMapper JSON = JsonForms.mapper().build();
    private static final JsonMapper INCOMPLETE = JsonForms.mapper()
            .disable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();
    private static final int WIDTH = 160;

    private JsonText() {}

    static String write(Object value) {
        StringBuilder text = new StringBuilder();
        append(JSON.valueToTree(value), 0, text);
        return text.append('\n').toString();
    }

    static JsonNode tree(Object value) {
        return JSON.valueToTree(value);
    }

    /** @param what it is, for messages */
    static <T> T read(String json, Class<T> type, String what) {
        refuseUnknownFields(json, type, what);
        try {
            T value = JSON.readValue(json, type);
            if (value == null) {
                throw new GraftException(Issue.error("E_JSON", what + ": null is none"));
            }
            return value;
        } catch (JsonProcessingException e) {
            String where = e instanceof JsonMappingException mapping ? " in '" + path(mapping) + "'" : "";
            throw new GraftException(
                    Issue.error("E_JSON", what + place(e) + where + ": " + plain(e.getOriginalMessage())), e);
        }
    }

    /** A mistyped field is also a missing one; the strict mapper would tell of that first, and of no name near it. */
    private static void refuseUnknownFields(String json, Class<?> type, String what) {
        try {
            Object ignored = INCOMPLETE.readValue(json, type);
        } catch (UnrecognizedPropertyException e) {
            List<String> known =
                    e.getKnownPropertyIds().stream().map(String::valueOf).toList();
            throw new GraftException(
                    Issue.error(
                                    "E_JSON",
                                    what + place(e) + ": the field '" + path(e) + "' does not exist; there are "
                                            + String.join(", ", known))
                            .withCandidates(NearestNames.of(e.getPropertyName(), known)),
                    e);
        } catch (JsonProcessingException e) {
            // Whatever else is wrong, the strict mapper says.
            return;
        }
    }

    private static String place(JsonProcessingException e) {
        JsonLocation location = e.getLocation();
        return location == null ? "" : " line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    private static String path(JsonMappingException e) {
        StringBuilder path = new StringBuilder();
        for (JsonMappingException.Reference step : e.getPath()) {
            path.append(step.getFieldName() == null ? "[" + step.getIndex() + "]" : "." + step.getFieldName());
        }
        return path.length() > 0 && path.charAt(0) == '.' ? path.substring(1) : path.toString();
    }

    /** Jackson's sentence without its own vocabulary. */
    private static String plain(String message) {
        String first = message.lines().findFirst().orElse("");
        return first.replace("Missing creator property", "missing field").replaceFirst(" \\(index \\d+\\);.*", "");
    }

    private static void append(JsonNode node, int depth, StringBuilder text) {
        String inline = inline(node);
        if (!node.isContainerNode() || depth * 2 + inline.length() <= WIDTH) {
            text.append(inline);
            return;
        }
        List<String> labels = new ArrayList<>();
        List<JsonNode> children = new ArrayList<>();
        if (node.isObject()) {
            for (Map.Entry<String, JsonNode> field : node.properties()) {
                labels.add(JSON.getNodeFactory().textNode(field.getKey()) + ": ");
                children.add(field.getValue());
            }
        } else {
            node.forEach(child -> {
                labels.add("");
                children.add(child);
            });
        }
        text.append(node.isObject() ? "{\n" : "[\n");
        Iterator<String> label = labels.iterator();
        for (int i = 0; i < children.size(); i++) {
            text.append("  ".repeat(depth + 1)).append(label.next());
            append(children.get(i), depth + 1, text);
            text.append(i + 1 < children.size() ? ",\n" : "\n");
        }
        text.append("  ".repeat(depth)).append(node.isObject() ? '}' : ']');
    }

    private static String inline(JsonNode node) {
        if (node.isObject()) {
            List<String> fields = new ArrayList<>();
            node.properties()
                    .forEach(field -> fields.add(
                            JSON.getNodeFactory().textNode(field.getKey()) + ": " + inline(field.getValue())));
            return "{" + String.join(", ", fields) + "}";
        }
        if (node.isArray()) {
            List<String> items = new ArrayList<>();
            node.forEach(item -> items.add(inline(item)));
            return "[" + String.join(", ", items) + "]";
        }
        return scalar(node);
    }

    private static String scalar(JsonNode node) {
        try {
            return JSON.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
