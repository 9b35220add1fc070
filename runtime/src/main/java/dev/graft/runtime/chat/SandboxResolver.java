package dev.graft.runtime.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import java.beans.FeatureDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;
import org.jspecify.annotations.Nullable;

/**
 * All that a template can reach: entries of maps, items of lists and texts, the variable {@code loop}, and the methods
 * named here. There is no reflection: whatever else an expression gets hold of has no attributes and no methods.
 */
final class SandboxResolver extends ELResolver {

    @Override
    public @Nullable Object getValue(ELContext context, Object base, Object property) {
        context.setPropertyResolved(true);
        String name = String.valueOf(property);
        if (base instanceof Map<?, ?> map) {
            return map.get(name);
        }
        if (base instanceof LoopState loop) {
            return loop.attribute(name);
        }
        return base instanceof List || base instanceof String ? item(PythonValue.items(base), name) : null;
    }

    private static @Nullable Object item(List<Object> items, String name) {
        if (!name.matches("-?\\d{1,9}")) {
            return null;
        }
        int index = Integer.parseInt(name);
        int absolute = index < 0 ? index + items.size() : index;
        return absolute >= 0 && absolute < items.size() ? items.get(absolute) : null;
    }

    @Override
    public @Nullable Object invoke(
            ELContext context, Object base, Object method, Class<?>[] types, Object @Nullable [] values) {
        context.setPropertyResolved(true);
        Object[] given = values == null ? new Object[0] : values;
        String name = String.valueOf(method);
        if (base instanceof Filter filter && name.equals("filter")) {
            return filter(filter, given);
        }
        if (base instanceof ExpTest test && name.startsWith("evaluate")) {
            Object[] arguments = Arrays.copyOfRange(given, 2, given.length);
            return test.evaluate(given[0], (JinjavaInterpreter) given[1], arguments) != name.equals("evaluateNegated");
        }
        Arguments arguments = new Arguments(Arrays.asList(given), Map.of());
        if (base instanceof String text) {
            return PythonText.call(text, name, arguments);
        }
        if (base instanceof Map<?, ?> map) {
            return onMap(map, name, arguments);
        }
        throw new TemplateFault(PythonValue.kind(base) + " has no method " + name);
    }

    @SuppressWarnings("unchecked") // the library passes: value, interpreter, positional and named arguments
    private static @Nullable Object filter(Filter filter, Object[] given) {
        return filter.filter(
                given[0], (JinjavaInterpreter) given[1], (Object[]) given[2], (Map<String, Object>) given[3]);
    }

    private static @Nullable Object onMap(Map<?, ?> map, String method, Arguments arguments) {
        return switch (method) {
            case "get" -> {
                Object value = map.get(PythonValue.text(arguments.at(0)));
                yield value == null ? arguments.get(1, "default", None.NONE) : value;
            }
            case "items" -> items(map);
            case "keys" -> new ArrayList<Object>(map.keySet());
            case "values" -> new ArrayList<Object>(map.values());
            default -> throw new TemplateFault("maps have no method " + method);
        };
    }

    /** The entries of a map, each as a list of key and value. */
    static List<Object> items(Map<?, ?> map) {
        List<Object> items = new ArrayList<>();
        new LinkedHashMap<>(map).forEach((key, value) -> items.add(Arrays.asList(key, value)));
        return items;
    }

    @Override
    public @Nullable Class<?> getType(ELContext context, Object base, Object property) {
        return null;
    }

    @Override
    public void setValue(ELContext context, Object base, Object property, Object value) {
        throw new TemplateFault("values can't be changed");
    }

    @Override
    public boolean isReadOnly(ELContext context, Object base, Object property) {
        return true;
    }

    @Override
    public Iterator<FeatureDescriptor> getFeatureDescriptors(ELContext context, Object base) {
        return Collections.emptyIterator();
    }

    @Override
    public @Nullable Class<?> getCommonPropertyType(ELContext context, Object base) {
        return null;
    }
}
