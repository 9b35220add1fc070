package dev.graft.runtime.chat;

import com.hubspot.jinjava.el.ext.AdditionOperator;
import com.hubspot.jinjava.el.ext.AstNamedParameter;
import com.hubspot.jinjava.el.ext.CollectionMembershipOperator;
import com.hubspot.jinjava.el.ext.CollectionNonMembershipOperator;
import com.hubspot.jinjava.el.ext.ExtendedParser;
import com.hubspot.jinjava.el.ext.NamedParameterOperator;
import com.hubspot.jinjava.el.ext.OrOperator;
import com.hubspot.jinjava.el.ext.StringConcatOperator;
import java.util.ArrayList;
import java.util.List;
import jinjava.de.odysseus.el.tree.impl.Builder;
import jinjava.de.odysseus.el.tree.impl.Parser;
import jinjava.de.odysseus.el.tree.impl.Scanner.ScanException;
import jinjava.de.odysseus.el.tree.impl.Scanner.Symbol;
import jinjava.de.odysseus.el.tree.impl.Scanner.Token;
import jinjava.de.odysseus.el.tree.impl.ast.AstBinary;
import jinjava.de.odysseus.el.tree.impl.ast.AstBracket;
import jinjava.de.odysseus.el.tree.impl.ast.AstDot;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import jinjava.de.odysseus.el.tree.impl.ast.AstParameters;
import jinjava.de.odysseus.el.tree.impl.ast.AstString;
import jinjava.de.odysseus.el.tree.impl.ast.AstUnary;
import org.jspecify.annotations.Nullable;

/**
 * The library's expression parser where it departs from Python: {@code not} binds weaker than a comparison, a named
 * argument is a whole expression, slices have a step, a test may follow a filter, and operators mean what they mean there.
 */
final class PythonParser extends ExtendedParser {
    private @Nullable AstNode parsed;

    PythonParser(Builder context, String input) {
        super(context, input);
        putExtensionHandler(CollectionMembershipOperator.TOKEN, PythonOperators.contains());
        putExtensionHandler(CollectionNonMembershipOperator.TOKEN, PythonOperators.containsNot());
        putExtensionHandler(StringConcatOperator.TOKEN, PythonOperators.joinTexts());
    }

    /** Parses all expressions of a template. */
    static final class Syntax extends Builder {
        private static final long serialVersionUID = 1L;

        Syntax() {
            super(Feature.METHOD_INVOCATIONS, Feature.VARARGS);
        }

        @Override
        protected Parser createParser(String expression) {
            return new PythonParser(this, expression);
        }
    }

    @Override
    protected AstBinary createAstBinary(AstNode left, AstNode right, AstBinary.Operator operator) {
        return super.createAstBinary(left, right, python(operator));
    }

    private static AstBinary.Operator python(AstBinary.Operator operator) {
        if (operator == AdditionOperator.OP) {
            return PythonOperators.ADD;
        }
        if (operator == AstBinary.EQ) {
            return PythonOperators.EQUAL;
        }
        if (operator == AstBinary.NE) {
            return PythonOperators.NOT_EQUAL;
        }
        if (operator == AstBinary.AND) {
            return PythonOperators.AND;
        }
        return operator == OrOperator.OP ? PythonOperators.OR : operator;
    }

    @Override
    protected AstDot createAstDot(AstNode base, String property, boolean assignable) {
        return super.createAstDot(new Defined(base), property, assignable);
    }

    @Override
    protected AstBracket createAstBracket(AstNode base, AstNode property, boolean assignable, boolean strict) {
        return super.createAstBracket(new Defined(base), property, assignable, strict);
    }

    @Override
    protected AstNode eq(boolean required) throws ScanException, ParseException {
        if (getToken().getSymbol() != Symbol.NOT) {
            return super.eq(required);
        }
        consumeToken();
        return createAstUnary(eq(true), AstUnary.NOT);
    }

    @Override
    protected AstNode filter(boolean required) throws ScanException, ParseException {
        AstNode value = super.filter(required);
        while (value != null && (isNext("|") || isNext("is"))) {
            parsed = value;
            value = super.filter(true);
        }
        return value;
    }

    private boolean isNext(String image) {
        return image.equals(getToken().getImage());
    }

    @Override
    protected AstNode unary(boolean required) throws ScanException, ParseException {
        AstNode value = parsed;
        if (value != null) {
            parsed = null;
            return value;
        }
        return super.unary(required);
    }

    @Override
    protected AstParameters params(Symbol left, Symbol right) throws ScanException, ParseException {
        consumeToken(left);
        List<AstNode> arguments = new ArrayList<>();
        while (getToken().getSymbol() != right) {
            arguments.add(argument());
            if (getToken().getSymbol() != Symbol.COMMA) {
                break;
            }
            consumeToken();
        }
        consumeToken(right);
        return createAstParameters(arguments);
    }

    private AstNode argument() throws ScanException, ParseException {
        if (getToken().getSymbol() == Symbol.IDENTIFIER && lookahead(0) == NamedParameterOperator.TOKEN) {
            String name = consumeToken().getImage();
            consumeToken();
            return new AstNamedParameter(identifier(name), expr(true));
        }
        return expr(true);
    }

    /** Texts that follow one another are one text. */
    @Override
    protected @Nullable AstNode literal() throws ScanException, ParseException {
        if (getToken().getSymbol() != Symbol.STRING) {
            return super.literal();
        }
        StringBuilder text = new StringBuilder();
        while (getToken().getSymbol() == Symbol.STRING) {
            text.append(consumeToken().getImage());
        }
        return new AstString(text.toString());
    }

    @Override
    protected @Nullable AstNode value() throws ScanException, ParseException {
        AstNode value = nonliteral();
        boolean assignable = value != null;
        if (value == null) {
            value = literal();
        }
        while (value != null) {
            if (getToken().getSymbol() == Symbol.DOT) {
                consumeToken();
                value = attribute(value, assignable);
            } else if (getToken().getSymbol() == Symbol.LBRACK) {
                consumeToken();
                value = subscript(value, assignable);
            } else {
                break;
            }
        }
        return value;
    }

    private AstNode attribute(AstNode base, boolean assignable) throws ScanException, ParseException {
        // A word of the library's language, such as "empty", is a name here.
        boolean named = getToken().getImage().matches("[A-Za-z_]\\w*");
        Token name = named ? consumeToken() : consumeToken(Symbol.IDENTIFIER);
        AstDot dot = createAstDot(base, name.getImage(), assignable);
        return getToken().getSymbol() == Symbol.LPAREN ? createAstMethod(dot, params()) : dot;
    }

    private AstNode subscript(AstNode base, boolean assignable) throws ScanException, ParseException {
        AstNode start = expr(false);
        if (!isNext(":")) {
            consumeToken(Symbol.RBRACK);
            return createAstBracket(base, start, assignable, true);
        }
        consumeToken();
        AstNode stop = expr(false);
        AstNode step = null;
        if (isNext(":")) {
            consumeToken();
            step = expr(false);
        }
        consumeToken(Symbol.RBRACK);
        return new Slice(new Defined(base), start, stop, step);
    }
}
