package dev.graft.runtime.chat;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a call in a template.
 *
 * @param positional in order
 * @param named by name
 */
record Arguments(List<@Nullable Object> positional, Map<String, Object> named) {

    boolean isGiven(int index) {
        return index < positional.size();
    }

    /** A positional argument. */
    @Nullable
    Object at(int index) {
        if (!isGiven(index)) {
            throw new TemplateFault("an argument is missing");
        }
        return positional.get(index);
    }

    /** An argument by position or name, or a default. */
    @Nullable
    Object get(int index, String name, @Nullable Object otherwise) {
        return isGiven(index) ? positional.get(index) : named.containsKey(name) ? named.get(name) : otherwise;
    }

    /** A positional argument that must be a text. */
    String text(int index) {
        if (at(index) instanceof String text) {
            return text;
        }
        throw new TemplateFault("expected a text, found " + PythonValue.kind(at(index)));
    }

    long integer(int index, String name, long otherwise) {
        Object value = get(index, name, otherwise);
        if (value instanceof Number number) {
            return number.longValue();
        }
        throw new TemplateFault("expected a number, found " + PythonValue.kind(value));
    }
}
