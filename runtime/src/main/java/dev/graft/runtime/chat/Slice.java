package dev.graft.runtime.chat;

import java.util.ArrayList;
import java.util.List;
import jinjava.de.odysseus.el.tree.Bindings;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import jinjava.de.odysseus.el.tree.impl.ast.AstRightValue;
import jinjava.javax.el.ELContext;
import org.jspecify.annotations.Nullable;

/** Python's {@code sequence[start:stop:step]} over a list or a text. */
final class Slice extends AstRightValue {
    private final AstNode sequence;
    private final @Nullable AstNode start;
    private final @Nullable AstNode stop;
    private final @Nullable AstNode step;

    Slice(AstNode sequence, @Nullable AstNode start, @Nullable AstNode stop, @Nullable AstNode step) {
        this.sequence = sequence;
        this.start = start;
        this.stop = stop;
        this.step = step;
    }

    @Override
    public Object eval(Bindings bindings, ELContext context) {
        Object value = sequence.eval(bindings, context);
        if (!(value instanceof String) && !(value instanceof List)) {
            throw new TemplateFault(PythonValue.kind(value) + " can't be sliced");
        }
        List<Object> items = PythonValue.items(value);
        int size = items.size();
        int by = bound(step, bindings, context, 1);
        if (by == 0) {
            throw new TemplateFault("a slice's step is 0");
        }
        int from = clamp(bound(start, bindings, context, by > 0 ? 0 : size - 1), size, by);
        int to = stop == null ? (by > 0 ? size : -1) : clamp(bound(stop, bindings, context, 0), size, by);
        List<Object> slice = new ArrayList<>();
        for (long i = from; by > 0 ? i < to : i > to; i += by) {
            slice.add(items.get((int) i));
        }
        return value instanceof String ? PythonText.join("", slice) : slice;
    }

    private static int bound(@Nullable AstNode node, Bindings bindings, ELContext context, int otherwise) {
        Object value = node == null ? None.NONE : node.eval(bindings, context);
        if (value == None.NONE) {
            return otherwise;
        }
        if (value instanceof Number number) {
            return number.intValue();
        }
        throw new TemplateFault("a slice's bound is " + PythonValue.kind(value));
    }

    /** Counts a negative index from the end, and moves one that is outside to the nearest end of the walk. */
    private static int clamp(int index, int size, int step) {
        int absolute = index < 0 ? index + size : index;
        return step > 0 ? Math.max(0, Math.min(absolute, size)) : Math.max(-1, Math.min(absolute, size - 1));
    }

    @Override
    public void appendStructure(StringBuilder builder, Bindings bindings) {
        sequence.appendStructure(builder, bindings);
        builder.append("[:]");
    }

    @Override
    public int getCardinality() {
        return 1;
    }

    @Override
    public AstNode getChild(int index) {
        return sequence;
    }
}
