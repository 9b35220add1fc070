package dev.graft.runtime.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Values as Python's {@code json.dumps(value, ensure_ascii=False, …)} writes them, which the filter tojson calls. */
final class PythonJson {
    private final String itemSeparator;
    private final String keySeparator;
    private final int indent;
    private final boolean sorted;

    /** @param indent spaces a level; negative for one line */
    PythonJson(int indent, boolean sorted) {
        this(indent, sorted, indent < 0 ? ", " : ",", ": ");
    }

    PythonJson(int indent, boolean sorted, String itemSeparator, String keySeparator) {
        this.indent = indent;
        this.sorted = sorted;
        this.itemSeparator = itemSeparator;
        this.keySeparator = keySeparator;
    }

    String write(Object value) {
        StringBuilder json = new StringBuilder();
        write(value, 0, json);
        return Limits.text(json.toString());
    }

    private void write(Object value, int depth, StringBuilder json) {
        if (value == None.NONE) {
            json.append("null");
        } else if (value instanceof String text) {
            quote(text, json);
        } else if (value instanceof Map<?, ?> map) {
            List<Runnable> entries = new ArrayList<>();
            (sorted ? new TreeMap<>(map) : map)
                    .forEach((key, item) -> entries.add(() -> {
                        quote(PythonValue.text(key), json);
                        json.append(keySeparator);
                        write(item, depth + 1, json);
                    }));
            enclosed('{', entries, '}', depth, json);
        } else if (value instanceof List<?> list) {
            List<Runnable> items = new ArrayList<>();
            list.forEach(item -> items.add(() -> write(item, depth + 1, json)));
            enclosed('[', items, ']', depth, json);
        } else if (value instanceof Boolean || value instanceof Number) {
            json.append(value instanceof Boolean ? value : PythonValue.text(value));
        } else {
            throw new TemplateFault("an undefined value has no JSON form");
        }
    }

    private void enclosed(char open, List<Runnable> items, char close, int depth, StringBuilder json) {
        json.append(open);
        for (int i = 0; i < items.size(); i++) {
            json.append(i == 0 ? "" : itemSeparator);
            newLine(depth + 1, json);
            items.get(i).run();
        }
        if (!items.isEmpty()) {
            newLine(depth, json);
        }
        json.append(close);
    }

    private void newLine(int depth, StringBuilder json) {
        if (indent >= 0) {
            json.append('\n').append(" ".repeat(indent * depth));
        }
    }

    private static void quote(String text, StringBuilder json) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                case '\b' -> json.append("\\b");
                case '\f' -> json.append("\\f");
                default -> {
                    if (c < ' ') {
                        json.append(String.format("\\u%04x", (int) c));
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        json.append('"');
    }
}
