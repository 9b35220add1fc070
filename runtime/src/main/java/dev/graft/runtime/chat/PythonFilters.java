package dev.graft.runtime.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The filters after {@code |}. */
final class PythonFilters {
    private static final Map<String, Function> FUNCTIONS = Map.ofEntries(
            Map.entry("trim", (value, arguments) -> PythonText.call(PythonValue.text(value), "strip", arguments)),
            Map.entry("upper", (value, arguments) -> PythonValue.text(value).toUpperCase(Locale.ROOT)),
            Map.entry("lower", (value, arguments) -> PythonValue.text(value).toLowerCase(Locale.ROOT)),
            Map.entry("capitalize", (value, arguments) -> PythonText.capitalize(PythonValue.text(value))),
            Map.entry("title", (value, arguments) -> PythonText.title(PythonValue.text(value))),
            Map.entry("string", (value, arguments) -> PythonValue.text(value)),
            Map.entry("safe", (value, arguments) -> value),
            Map.entry("length", (value, arguments) ->
                    (long) PythonValue.items(value).size()),
            Map.entry("count", (value, arguments) ->
                    (long) PythonValue.items(value).size()),
            Map.entry("list", (value, arguments) -> PythonValue.items(value)),
            Map.entry("first", (value, arguments) -> end(value, 0)),
            Map.entry("last", (value, arguments) -> end(value, -1)),
            Map.entry("reverse", (value, arguments) -> reverse(value)),
            Map.entry(
                    "items",
                    (value, arguments) -> value instanceof Map<?, ?> map ? SandboxResolver.items(map) : List.of()),
            Map.entry("join", PythonFilters::join),
            Map.entry("replace", PythonFilters::replace),
            Map.entry("indent", PythonFilters::indent),
            Map.entry("int", (value, arguments) -> integer(value)),
            Map.entry("default", PythonFilters::otherwise),
            Map.entry("d", PythonFilters::otherwise),
            Map.entry("tojson", PythonFilters::json),
            Map.entry("map", PythonFilters::map),
            Map.entry("select", (value, arguments) -> select(value, arguments, true)),
            Map.entry("reject", (value, arguments) -> select(value, arguments, false)),
            Map.entry("selectattr", (value, arguments) -> selectByAttribute(value, arguments, true)),
            Map.entry("rejectattr", (value, arguments) -> selectByAttribute(value, arguments, false)));

    private PythonFilters() {}

    /** What a filter makes of a value. */
    private interface Function {
        @Nullable
        Object apply(@Nullable Object value, Arguments arguments);
    }

    /** A filter under the library's interface. */
    private record Named(String name, Function function) implements Filter {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public @Nullable Object filter(Object value, JinjavaInterpreter interpreter, String... arguments) {
            return function.apply(value, new Arguments(Arrays.asList((Object[]) arguments), Map.of()));
        }

        @Override
        public @Nullable Object filter(
                Object value, JinjavaInterpreter interpreter, Object[] arguments, Map<String, Object> named) {
            return function.apply(value, new Arguments(Arrays.asList(arguments), named));
        }
    }

    static List<Filter> all() {
        return FUNCTIONS.entrySet().stream()
                .<Filter>map(entry -> new Named(entry.getKey(), entry.getValue()))
                .toList();
    }

    private static @Nullable Object end(@Nullable Object value, int index) {
        List<Object> items = PythonValue.items(value);
        return items.isEmpty() ? null : items.get(index < 0 ? items.size() + index : index);
    }

    private static Object reverse(@Nullable Object value) {
        List<Object> items = PythonValue.items(value);
        Collections.reverse(items);
        return value instanceof String ? PythonText.join("", items) : items;
    }

    private static Object join(@Nullable Object value, Arguments arguments) {
        Object attribute = arguments.get(1, "attribute", null);
        List<Object> items = attribute == null ? PythonValue.items(value) : attributes(value, attribute);
        return PythonText.join(PythonValue.text(arguments.get(0, "d", "")), items);
    }

    private static Object replace(@Nullable Object value, Arguments arguments) {
        return PythonText.replace(
                PythonValue.text(value), arguments.text(0), arguments.text(1), arguments.integer(2, "count", -1));
    }

    private static Object indent(@Nullable Object value, Arguments arguments) {
        Object width = arguments.get(0, "width", 4L);
        String by = width instanceof String text ? text : " ".repeat((int) arguments.integer(0, "width", 4));
        boolean first = PythonValue.truth(arguments.get(1, "first", false));
        boolean blank = PythonValue.truth(arguments.get(2, "blank", false));
        StringBuilder indented = new StringBuilder();
        String[] lines = PythonValue.text(value).split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            boolean shifted = i == 0 ? first : blank || !lines[i].isEmpty();
            indented.append(i == 0 ? "" : "\n").append(shifted ? by : "").append(lines[i]);
            Limits.check(indented.length());
        }
        return indented.toString();
    }

    private static Object integer(@Nullable Object value) {
        if (value instanceof Number number) {
            return number.longValue();
        }
        String text = PythonText.strip(PythonValue.text(value));
        return text.matches("[-+]?\\d{1,18}") ? Long.parseLong(text) : 0L;
    }

    private static @Nullable Object otherwise(@Nullable Object value, Arguments arguments) {
        boolean falseToo = PythonValue.truth(arguments.get(1, "boolean", false));
        boolean missing = value == null || (falseToo && !PythonValue.truth(value));
        return missing ? arguments.get(0, "default_value", "") : value;
    }

    private static Object json(@Nullable Object value, Arguments arguments) {
        if (value == null) {
            throw new TemplateFault("an undefined value has no JSON form");
        }
        boolean oneLine = arguments.get(1, "indent", None.NONE) == None.NONE;
        int indent = oneLine ? -1 : (int) arguments.integer(1, "indent", 0);
        if (indent > 64) {
            throw new TemplateFault("tojson indents by 64 at most");
        }
        boolean sorted = PythonValue.truth(arguments.get(3, "sort_keys", false));
        return arguments.get(2, "separators", None.NONE) instanceof List<?> separators && separators.size() == 2
                ? new PythonJson(
                                indent,
                                sorted,
                                PythonValue.text(separators.get(0)),
                                PythonValue.text(separators.get(1)))
                        .write(value)
                : new PythonJson(indent, sorted).write(value);
    }

    private static Object map(@Nullable Object value, Arguments arguments) {
        Object attribute = arguments.named().get("attribute");
        if (attribute != null) {
            return attributes(value, attribute);
        }
        Function function = FUNCTIONS.get(arguments.text(0));
        if (function == null) {
            throw new TemplateFault("there is no filter " + arguments.text(0));
        }
        Arguments rest = after(1, arguments);
        List<Object> mapped = new ArrayList<>();
        PythonValue.items(value).forEach(item -> mapped.add(function.apply(item, rest)));
        return mapped;
    }

    private static Object select(@Nullable Object value, Arguments arguments, boolean wanted) {
        Predicate<Object> test = arguments.isGiven(0)
                ? item -> PythonTests.test(arguments.text(0), item, after(1, arguments))
                : PythonValue::truth;
        return new ArrayList<>(PythonValue.items(value).stream()
                .filter(item -> test.test(item) == wanted)
                .toList());
    }

    private static Object selectByAttribute(@Nullable Object value, Arguments arguments, boolean wanted) {
        List<Object> selected = new ArrayList<>();
        for (Object item : PythonValue.items(value)) {
            Object attribute = attribute(item, arguments.text(0));
            boolean passes = arguments.isGiven(1)
                    ? PythonTests.test(arguments.text(1), attribute, after(2, arguments))
                    : PythonValue.truth(attribute);
            if (passes == wanted) {
                selected.add(item);
            }
        }
        return selected;
    }

    private static List<Object> attributes(@Nullable Object value, Object name) {
        List<Object> attributes = new ArrayList<>();
        PythonValue.items(value).forEach(item -> attributes.add(attribute(item, PythonValue.text(name))));
        return attributes;
    }

    private static @Nullable Object attribute(@Nullable Object item, String path) {
        Object value = item;
        for (String name : path.split("\\.", -1)) {
            value = value instanceof Map<?, ?> map ? map.get(name) : null;
        }
        return value;
    }

    private static Arguments after(int taken, Arguments arguments) {
        return new Arguments(
                arguments.positional().subList(taken, arguments.positional().size()), arguments.named());
    }
}
