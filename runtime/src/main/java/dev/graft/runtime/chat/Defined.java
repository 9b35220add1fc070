package dev.graft.runtime.chat;

import com.hubspot.jinjava.el.ext.ExtendedParser;
import jinjava.de.odysseus.el.tree.Bindings;
import jinjava.de.odysseus.el.tree.impl.ast.AstDot;
import jinjava.de.odysseus.el.tree.impl.ast.AstIdentifier;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import jinjava.de.odysseus.el.tree.impl.ast.AstRightValue;
import jinjava.javax.el.ELContext;

/** A value that is asked for an attribute, an item or a method: it must be defined, as in Python. */
final class Defined extends AstRightValue {
    private final AstNode node;

    Defined(AstNode node) {
        this.node = node;
    }

    @Override
    public Object eval(Bindings bindings, ELContext context) {
        Object value = node.eval(bindings, context);
        if (value == null) {
            throw new TemplateFault(missing(name()));
        }
        return value;
    }

    private String name() {
        if (node instanceof AstIdentifier identifier) {
            return identifier.getName();
        }
        return node instanceof AstDot dot ? dot.toString().substring(". ".length()) : "a value";
    }

    private static String missing(String name) {
        if (name.startsWith(ExtendedParser.FILTER_PREFIX)) {
            return "there is no filter " + name.substring(ExtendedParser.FILTER_PREFIX.length());
        }
        if (name.startsWith(ExtendedParser.EXPTEST_PREFIX)) {
            return "there is no test " + name.substring(ExtendedParser.EXPTEST_PREFIX.length());
        }
        return name + " is undefined";
    }

    @Override
    public void appendStructure(StringBuilder builder, Bindings bindings) {
        node.appendStructure(builder, bindings);
    }

    @Override
    public int getCardinality() {
        return 1;
    }

    @Override
    public AstNode getChild(int index) {
        return node;
    }
}
