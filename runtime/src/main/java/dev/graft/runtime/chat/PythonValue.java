package dev.graft.runtime.chat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What Python makes of a value: its truth, its text, its items, and whether it equals another. Null is undefined. */
final class PythonValue {
    private PythonValue() {}

    static boolean truth(@Nullable Object value) {
        if (value == null || value == None.NONE) {
            return false;
        }
        if (value instanceof Boolean truth) {
            return truth;
        }
        if (value instanceof Number number) {
            return number.doubleValue() != 0;
        }
        if (value instanceof String text) {
            return !text.isEmpty();
        }
        if (value instanceof List<?> list) {
            return !list.isEmpty();
        }
        return !(value instanceof Map<?, ?> map) || !map.isEmpty();
    }

    /** {@code str(value)}; the empty text for what is undefined. */
    static String text(@Nullable Object value) {
        if (value instanceof Boolean truth) {
            return truth ? "True" : "False";
        }
        if (value instanceof Double || value instanceof Float) {
            return real(((Number) value).doubleValue());
        }
        if (value instanceof List<?> list) {
            List<String> items = new ArrayList<>();
            list.forEach(item -> items.add(representation(item)));
            return "[" + String.join(", ", items) + "]";
        }
        if (value instanceof Map<?, ?> map) {
            List<String> items = new ArrayList<>();
            map.forEach((key, item) -> items.add(representation(key) + ": " + representation(item)));
            return "{" + String.join(", ", items) + "}";
        }
        return value == null ? "" : value.toString();
    }

    /** {@code repr(value)}. */
    private static String representation(@Nullable Object value) {
        if (!(value instanceof String text)) {
            return text(value);
        }
        char quote = text.contains("'") && !text.contains("\"") ? '"' : '\'';
        StringBuilder quoted = new StringBuilder().append(quote);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case '\\' -> quoted.append("\\\\");
                default -> quoted.append(c == quote ? "\\" : "").append(c);
            }
        }
        return quoted.append(quote).toString();
    }

    private static String real(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e16) {
            return BigDecimal.valueOf(value).setScale(1).toPlainString();
        }
        String text = Double.toString(value);
        boolean plain = Math.abs(value) >= 1e-4 && Math.abs(value) < 1e16;
        return plain
                ? new BigDecimal(text).toPlainString()
                : text.replace("E-", "e-").replace("E", "e+");
    }

    static boolean equal(@Nullable Object a, @Nullable Object b) {
        if (a == null || b == null) {
            return a == b;
        }
        if (isNumeric(a) && isNumeric(b)) {
            return number(a).compareTo(number(b)) == 0;
        }
        if (a instanceof List<?> left && b instanceof List<?> right) {
            return equalItems(left, right);
        }
        if (a instanceof Map<?, ?> left && b instanceof Map<?, ?> right) {
            return left.keySet().equals(right.keySet())
                    && left.entrySet().stream().allMatch(entry -> equal(entry.getValue(), right.get(entry.getKey())));
        }
        return a.equals(b);
    }

    private static boolean equalItems(List<?> a, List<?> b) {
        Iterator<?> other = b.iterator();
        return a.size() == b.size() && a.stream().allMatch(item -> equal(item, other.next()));
    }

    /** Truth values count as 0 and 1. */
    static boolean isNumeric(@Nullable Object value) {
        return value instanceof Number || value instanceof Boolean;
    }

    private static BigDecimal number(Object value) {
        if (value instanceof Boolean truth) {
            return truth ? BigDecimal.ONE : BigDecimal.ZERO;
        }
        return new BigDecimal(value.toString());
    }

    /** What a loop goes over: a list's items, a map's keys, a text's characters; nothing where it is undefined. */
    static List<Object> items(@Nullable Object value) {
        List<Object> items = new ArrayList<>();
        if (value instanceof List<?> list) {
            items.addAll(list);
        } else if (value instanceof Map<?, ?> map) {
            items.addAll(map.keySet());
        } else if (value instanceof String text) {
            text.codePoints().forEach(c -> items.add(Character.toString(c)));
        } else if (value != null) {
            throw new TemplateFault(kind(value) + " has no items");
        }
        return items;
    }

    static boolean contains(@Nullable Object container, @Nullable Object item) {
        if (container instanceof String text) {
            if (item instanceof String part) {
                return text.contains(part);
            }
            throw new TemplateFault("a text can't contain " + kind(item));
        }
        return items(container).stream().anyMatch(each -> equal(each, item));
    }

    /** How a message names a value. */
    static String kind(@Nullable Object value) {
        if (value == null) {
            return "an undefined value";
        }
        if (value instanceof String) {
            return "a text";
        }
        if (value instanceof Map) {
            return "a map";
        }
        return value instanceof List ? "a list" : text(value);
    }
}
