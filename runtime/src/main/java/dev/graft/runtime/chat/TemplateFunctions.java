package dev.graft.runtime.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The functions that templates call. */
final class TemplateFunctions {
    static final String NOW = "strftime_now";
    static final String RAISE = "raise_exception";

    private static final Map<Character, String> DIRECTIVES = Map.ofEntries(
            Map.entry('a', "EEE"),
            Map.entry('A', "EEEE"),
            Map.entry('b', "MMM"),
            Map.entry('B', "MMMM"),
            Map.entry('d', "dd"),
            Map.entry('m', "MM"),
            Map.entry('y', "yy"),
            Map.entry('Y', "yyyy"),
            Map.entry('H', "HH"),
            Map.entry('I', "hh"),
            Map.entry('M', "mm"),
            Map.entry('S', "ss"),
            Map.entry('p', "a"),
            Map.entry('j', "DDD"));

    private TemplateFunctions() {}

    static List<ELFunctionDefinition> all() {
        return List.of(
                new ELFunctionDefinition("", RAISE, TemplateFunctions.class, "raise", Object.class),
                new ELFunctionDefinition("", NOW, TemplateFunctions.class, "now", Object.class),
                new ELFunctionDefinition("", "range", TemplateFunctions.class, "range", Object.class, Object[].class));
    }

    /** Called by templates. */
    @SuppressWarnings("DoNotCallSuggester") // the library finds it by its name
    public static Object raise(Object message) {
        throw new TemplateFault("the template refuses these messages: " + PythonValue.text(message));
    }

    /** Called by templates: the time of the rendering, which is the variable of that name, in a format of C's strftime. */
    public static Object now(Object format) {
        LocalDateTime time = LocalDateTime.parse(
                PythonValue.text(JinjavaInterpreter.getCurrent().getContext().get(NOW)));
        String pattern = PythonValue.text(format);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c != '%' || i + 1 == pattern.length()) {
                text.append(c);
            } else {
                i++;
                boolean withoutZero = pattern.charAt(i) == '-' && i + 1 < pattern.length();
                i += withoutZero ? 1 : 0;
                text.append(directive(time, pattern.charAt(i), withoutZero));
            }
        }
        return text.toString();
    }

    /** Called by templates: {@code range(stop)} or {@code range(start, stop, step)}. */
    public static Object range(Object first, Object... others) {
        List<Object> bounds = new ArrayList<>(List.of(first));
        bounds.addAll(Arrays.asList(others));
        Arguments arguments = new Arguments(bounds, Map.of());
        long start = others.length == 0 ? 0 : arguments.integer(0, "start", 0);
        long stop = arguments.integer(others.length == 0 ? 0 : 1, "stop", 0);
        long step = arguments.integer(2, "step", 1);
        if (step == 0) {
            throw new TemplateFault("a range's step is 0");
        }
        List<Object> range = new ArrayList<>();
        for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
            range.add(i);
            Limits.items(range.size());
        }
        return range;
    }

    private static String directive(LocalDateTime time, char letter, boolean withoutZero) {
        if (letter == '%') {
            return "%";
        }
        String pattern = DIRECTIVES.get(letter);
        if (pattern == null) {
            throw new TemplateFault("strftime_now doesn't know %" + letter);
        }
        String text = DateTimeFormatter.ofPattern(pattern, Locale.US).format(time);
        return withoutZero && text.startsWith("0") ? text.substring(1) : text;
    }
}
