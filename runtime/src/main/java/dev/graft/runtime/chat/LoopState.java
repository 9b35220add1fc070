package dev.graft.runtime.chat;

import com.hubspot.jinjava.util.ForLoop;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop}. */
final class LoopState extends ForLoop {
    private final List<Object> items;

    LoopState(List<Object> items) {
        super(items.iterator(), items.size());
        this.items = items;
    }

    /** An attribute of {@code loop}; null where there is none of this name. */
    @Nullable
    Object attribute(String name) {
        return switch (name) {
            case "index" -> (long) getIndex();
            case "index0" -> (long) getIndex0();
            case "revindex" -> (long) items.size() - getIndex0();
            case "revindex0" -> (long) items.size() - getIndex();
            case "first" -> getIndex0() == 0;
            case "last" -> getIndex() == items.size();
            case "length" -> (long) items.size();
            case "previtem" -> getIndex0() == 0 ? null : items.get(getIndex0() - 1);
            case "nextitem" -> getIndex() == items.size() ? null : items.get(getIndex());
            default -> throw new TemplateFault("loop has no " + name);
        };
    }
}
