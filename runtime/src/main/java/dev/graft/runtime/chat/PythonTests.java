package dev.graft.runtime.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tests after {@code is}. */
final class PythonTests {
    private static final Map<String, Check> CHECKS = Map.ofEntries(
            Map.entry("defined", (value, arguments) -> value != null),
            Map.entry("undefined", (value, arguments) -> value == null),
            Map.entry("none", (value, arguments) -> value == None.NONE),
            Map.entry("string", (value, arguments) -> value instanceof String),
            Map.entry("mapping", (value, arguments) -> value instanceof Map),
            Map.entry("number", (value, arguments) -> PythonValue.isNumeric(value)),
            Map.entry("integer", (value, arguments) -> isInteger(value)),
            Map.entry("float", (value, arguments) -> value instanceof Double || value instanceof Float),
            Map.entry("boolean", (value, arguments) -> value instanceof Boolean),
            Map.entry("true", (value, arguments) -> Boolean.TRUE.equals(value)),
            Map.entry("false", (value, arguments) -> Boolean.FALSE.equals(value)),
            Map.entry("iterable", (value, arguments) -> hasItems(value)),
            Map.entry("sequence", (value, arguments) -> hasItems(value)),
            Map.entry("even", (value, arguments) -> integer(value) % 2 == 0),
            Map.entry("odd", (value, arguments) -> integer(value) % 2 != 0),
            Map.entry("divisibleby", (value, arguments) -> integer(value) % arguments.integer(0, "num", 1) == 0),
            Map.entry("in", (value, arguments) -> PythonValue.contains(arguments.at(0), value)),
            Map.entry("equalto", (value, arguments) -> PythonValue.equal(value, arguments.at(0))),
            Map.entry("eq", (value, arguments) -> PythonValue.equal(value, arguments.at(0))),
            Map.entry("==", (value, arguments) -> PythonValue.equal(value, arguments.at(0))),
            Map.entry("ne", (value, arguments) -> !PythonValue.equal(value, arguments.at(0))),
            Map.entry("!=", (value, arguments) -> !PythonValue.equal(value, arguments.at(0))),
            Map.entry("sameas", (value, arguments) -> PythonValue.equal(value, arguments.at(0))));

    private PythonTests() {}

    /** What a test decides. */
    private interface Check {
        boolean apply(@Nullable Object value, Arguments arguments);
    }

    /** A test under the library's interface. */
    private record Named(String name, Check check) implements ExpTest {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean evaluate(Object value, JinjavaInterpreter interpreter, Object... arguments) {
            return check.apply(value, new Arguments(Arrays.asList(arguments), Map.of()));
        }
    }

    static List<ExpTest> all() {
        return CHECKS.entrySet().stream()
                .<ExpTest>map(entry -> new Named(entry.getKey(), entry.getValue()))
                .toList();
    }

    /** Applies a test by name, as the filters select and selectattr do. */
    static boolean test(String name, @Nullable Object value, Arguments arguments) {
        Check check = CHECKS.get(name);
        if (check == null) {
            throw new TemplateFault("there is no test " + name);
        }
        return check.apply(value, arguments);
    }

    private static boolean hasItems(@Nullable Object value) {
        return value instanceof String || value instanceof List || value instanceof Map;
    }

    private static boolean isInteger(@Nullable Object value) {
        return value instanceof Long || value instanceof Integer || value instanceof BigInteger;
    }

    private static long integer(@Nullable Object value) {
        if (value instanceof Number number && isInteger(value)) {
            return number.longValue();
        }
        throw new TemplateFault("expected a whole number, found " + PythonValue.kind(value));
    }
}
