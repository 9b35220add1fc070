package dev.graft.runtime.chat;

import java.util.ArrayList;
import java.util.List;
import jinjava.de.odysseus.el.misc.NumberOperations;
import jinjava.de.odysseus.el.misc.TypeConverter;
import jinjava.de.odysseus.el.tree.impl.Parser.ExtensionHandler;
import jinjava.de.odysseus.el.tree.impl.Parser.ExtensionPoint;
import jinjava.de.odysseus.el.tree.impl.ast.AstBinary;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import org.jspecify.annotations.Nullable;

/** Binary operators with Python's meaning. */
final class PythonOperators {
    static final AstBinary.Operator ADD = operator(PythonOperators::add);
    static final AstBinary.Operator EQUAL = operator((converter, a, b) -> PythonValue.equal(a, b));
    static final AstBinary.Operator NOT_EQUAL = operator((converter, a, b) -> !PythonValue.equal(a, b));

    /** The first operand if it is false, otherwise the second. */
    static final AstBinary.Operator AND = (bindings, context, left, right) -> {
        Object value = left.eval(bindings, context);
        return PythonValue.truth(value) ? right.eval(bindings, context) : value;
    };

    /** The first operand if it is true, otherwise the second. */
    static final AstBinary.Operator OR = (bindings, context, left, right) -> {
        Object value = left.eval(bindings, context);
        return PythonValue.truth(value) ? value : right.eval(bindings, context);
    };

    private PythonOperators() {}

    /** What an operator makes of its operands. */
    private interface Operation {
        Object apply(TypeConverter converter, @Nullable Object a, @Nullable Object b);
    }

    static ExtensionHandler contains() {
        return handler(ExtensionPoint.CMP, operator((converter, a, b) -> PythonValue.contains(b, a)));
    }

    static ExtensionHandler containsNot() {
        return handler(ExtensionPoint.CMP, operator((converter, a, b) -> !PythonValue.contains(b, a)));
    }

    static ExtensionHandler joinTexts() {
        return handler(
                ExtensionPoint.ADD,
                operator((converter, a, b) -> Limits.text(PythonValue.text(a) + PythonValue.text(b))));
    }

    private static Object add(TypeConverter converter, @Nullable Object a, @Nullable Object b) {
        if (a instanceof String left && b instanceof String right) {
            Limits.check(left.length() + right.length());
            return left + right;
        }
        if (a instanceof List<?> left && b instanceof List<?> right) {
            Limits.items(left.size() + right.size());
            List<Object> joined = new ArrayList<>(left);
            joined.addAll(right);
            return joined;
        }
        if (a instanceof Number && b instanceof Number) {
            return NumberOperations.add(converter, a, b);
        }
        throw new TemplateFault(PythonValue.kind(a) + " and " + PythonValue.kind(b) + " can't be added");
    }

    private static AstBinary.Operator operator(Operation operation) {
        return new AstBinary.SimpleOperator() {
            @Override
            protected Object apply(TypeConverter converter, Object a, Object b) {
                return operation.apply(converter, a, b);
            }
        };
    }

    private static ExtensionHandler handler(ExtensionPoint point, AstBinary.Operator operator) {
        return new ExtensionHandler(point) {
            @Override
            public AstNode createAstNode(AstNode... children) {
                return new AstBinary(children[0], children[1], operator);
            }
        };
    }
}
