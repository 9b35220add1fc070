package dev.graft.runtime.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.ElseTag;
import com.hubspot.jinjava.lib.tag.ForTag;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code for a, b in items if condition … else … endfor}: each round has a scope of its own, as in Python's Jinja. */
final class PythonFor implements Tag {
    private static final long serialVersionUID = 1L;

    private static final Pattern HEADER =
            Pattern.compile("\\s*\\(?\\s*(\\w+(?:\\s*,\\s*\\w+)*)\\s*\\)?\\s+in\\s+(.*)", Pattern.DOTALL);
    private static final Pattern CONDITION = Pattern.compile("(?<=[\\s)\\]}'\"])if(?=[\\s(\\[{'\"])");

    @Override
    public String getName() {
        return ForTag.TAG_NAME;
    }

    @Override
    public String interpret(TagNode tag, JinjavaInterpreter interpreter) {
        Matcher header = HEADER.matcher(tag.getHelpers());
        if (!header.matches()) {
            throw new TemplateFault(tag.getLineNumber(), "a loop reads: for NAME in LIST");
        }
        String[] names = header.group(1).split("\\s*,\\s*");
        int condition = condition(header.group(2));
        String list = header.group(2).substring(0, condition);
        List<Object> items = PythonValue.items(interpreter.resolveELExpression(list, tag.getLineNumber()));
        if (condition < header.group(2).length()) {
            String kept = header.group(2).substring(condition + 2);
            items.removeIf(item -> !holds(tag, interpreter, names, item, kept));
        }
        return render(tag, interpreter, names, items);
    }

    /** Where the condition of a loop's header begins, outside brackets and texts; the end where there is none. */
    private static int condition(String header) {
        Matcher word = CONDITION.matcher(header);
        while (word.find()) {
            if (isOutside(header.substring(0, word.start()))) {
                return word.start();
            }
        }
        return header.length();
    }

    private static boolean isOutside(String before) {
        int depth = 0;
        char quote = 0;
        for (int i = 0; i < before.length(); i++) {
            char c = before.charAt(i);
            if (quote != 0) {
                i += c == '\\' ? 1 : 0;
                quote = c == quote ? 0 : quote;
            } else if (c == '\'' || c == '"') {
                quote = c;
            } else {
                depth += "([{".indexOf(c) >= 0 ? 1 : ")]}".indexOf(c) >= 0 ? -1 : 0;
            }
        }
        return depth == 0 && quote == 0;
    }

    private static boolean holds(
            TagNode tag, JinjavaInterpreter interpreter, String[] names, Object item, String condition) {
        interpreter.enterScope();
        try {
            assign(interpreter, names, item);
            return PythonValue.truth(interpreter.resolveELExpression(condition, tag.getLineNumber()));
        } finally {
            interpreter.leaveScope();
        }
    }

    private static String render(TagNode tag, JinjavaInterpreter interpreter, String[] names, List<Object> items) {
        List<Node> body = new ArrayList<>(tag.getChildren());
        int otherwise = (int) body.stream()
                .takeWhile(node ->
                        !(node instanceof TagNode child && child.getName().equals(ElseTag.TAG_NAME)))
                .count();
        StringBuilder text = new StringBuilder();
        if (items.isEmpty() && otherwise < body.size()) {
            body.subList(otherwise + 1, body.size()).forEach(node -> append(node, interpreter, text));
        }
        LoopState loop = new LoopState(items);
        while (loop.hasNext()) {
            Object item = loop.next();
            interpreter.enterScope();
            try {
                interpreter.getContext().put(ForTag.LOOP, loop);
                assign(interpreter, names, item);
                body.subList(0, otherwise).stream()
                        .takeWhile(node -> !loop.isContinued())
                        .forEach(node -> append(node, interpreter, text));
            } finally {
                interpreter.leaveScope();
            }
        }
        return text.toString();
    }

    private static void append(Node node, JinjavaInterpreter interpreter, StringBuilder text) {
        text.append(node.render(interpreter).getValue());
        Limits.check(text.length());
    }

    private static void assign(JinjavaInterpreter interpreter, String[] names, Object item) {
        if (names.length == 1) {
            interpreter.getContext().put(names[0], interpreter.wrap(item));
            return;
        }
        List<Object> parts = PythonValue.items(item);
        if (parts.size() != names.length) {
            throw new TemplateFault(parts.size() + " values can't be given to " + names.length + " names");
        }
        for (int i = 0; i < names.length; i++) {
            interpreter.getContext().put(names[i], interpreter.wrap(parts.get(i)));
        }
    }
}
