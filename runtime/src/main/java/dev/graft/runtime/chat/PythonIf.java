package dev.graft.runtime.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.IfTag;
import com.hubspot.jinjava.tree.TagNode;

/** {@code if}, with Python's notion of truth: the text "false" is true. */
final class PythonIf extends IfTag {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean isPositiveIfElseNode(TagNode tag, JinjavaInterpreter interpreter) {
        return PythonValue.truth(interpreter.resolveELExpression(tag.getHelpers(), tag.getLineNumber()));
    }
}
