package dev.graft.runtime.chat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Applies Jinja's rules of white space to a template, as transformers sets them (trim_blocks, lstrip_blocks), so that the
 * library has none left to apply. Line breaks that go away stay in comments: a problem's line is still the author's.
 */
final class TemplateText {
    private static final Pattern MARK = Pattern.compile("\\{[{%#]");
    private static final Pattern RAW_END = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}");

    private final String source;
    private final StringBuilder out = new StringBuilder();
    private int at;
    private boolean lineStarts = true;

    private TemplateText(String source) {
        this.source = source;
    }

    /** @throws TemplateFault with its line, where the template is too large or not closed */
    static String prepare(String template) {
        if (template.length() > Limits.TEMPLATE) {
            throw new TemplateFault("the template has more than " + Limits.TEMPLATE + " characters");
        }
        String unix = template.replace("\r\n", "\n").replace('\r', '\n');
        TemplateText text = new TemplateText(unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix);
        try {
            text.prepare();
        } catch (TemplateFault e) {
            throw new TemplateFault(1 + newLines(text.source.substring(0, text.at)), String.valueOf(e.getMessage()));
        }
        return text.out.toString();
    }

    private void prepare() {
        Matcher mark = MARK.matcher(source);
        int plain = 0;
        while (mark.find(plain)) {
            at = mark.start();
            plain = tag(source.substring(plain, at));
        }
        out.append(source.substring(plain));
    }

    /** Writes the text before a tag and the tag; returns where the text after it begins. */
    private int tag(String before) {
        char kind = source.charAt(at + 1);
        char sign = at + 2 < source.length() ? source.charAt(at + 2) : ' ';
        boolean signed = sign == '-' || sign == '+';
        int inside = at + (signed ? 3 : 2);
        text(before, signed ? sign : ' ', kind == '{');
        if (kind == '#') {
            return comment(inside);
        }
        TagScanner tag = new TagScanner(source, inside, kind == '{' ? "}}" : "%}");
        tag.scan();
        if (kind == '%' && tag.body().strip().equals("raw")) {
            return raw(skipped(tag.end(), tag.sign(), false));
        }
        out.append('{').append(kind).append(' ').append(tag.body()).append(' ');
        out.append(kind == '{' ? "}}" : "%}");
        return skipped(tag.end(), tag.sign(), kind == '%');
    }

    private int comment(int inside) {
        int end = source.indexOf("#}", inside);
        if (end < 0) {
            throw new TemplateFault("a comment is not closed");
        }
        dropped(source.substring(inside, end));
        return skipped(end + 2, end > inside ? source.charAt(end - 1) : ' ', true);
    }

    private int raw(int inside) {
        Matcher end = RAW_END.matcher(source);
        if (!end.find(inside)) {
            throw new TemplateFault("a raw block is not closed");
        }
        String text = source.substring(inside, end.start());
        int kept = kept(text, sign(end.group(1)), false);
        String literal = text.substring(0, kept).replace("\\", "\\\\").replace("'", "\\'");
        out.append("{{ '").append(literal).append("' }}");
        dropped(text.substring(kept));
        return skipped(end.end(), sign(end.group(2)), true);
    }

    private static char sign(String group) {
        return group.isEmpty() ? ' ' : group.charAt(0);
    }

    private void text(String text, char sign, boolean expression) {
        int kept = kept(text, sign, expression);
        out.append(text, 0, kept);
        dropped(text.substring(kept));
    }

    /** A tag's sign may strip the text before it; without one, the spaces before a tag that begins its line go. */
    private int kept(String text, char sign, boolean expression) {
        int kept = text.length();
        if (sign == '-') {
            while (kept > 0 && PythonText.isSpace(text.charAt(kept - 1))) {
                kept--;
            }
        } else if (sign == ' ' && !expression) {
            int line = text.lastIndexOf('\n') + 1;
            boolean blank = text.substring(line).codePoints().allMatch(PythonText::isSpace);
            return blank && (line > 0 || lineStarts) ? line : kept;
        }
        return kept;
    }

    /** Where the text after a tag begins: its sign strips all space, and without one a block's line break goes. */
    private int skipped(int end, char sign, boolean block) {
        int next = end;
        if (sign == '-') {
            while (next < source.length() && PythonText.isSpace(source.charAt(next))) {
                next++;
            }
        } else if (block && sign != '+' && source.startsWith("\n", end)) {
            next++;
        }
        dropped(source.substring(end, next));
        lineStarts = next > end && source.charAt(next - 1) == '\n';
        return next;
    }

    private void dropped(String text) {
        int lines = newLines(text);
        if (lines > 0) {
            out.append("{#").append("\n".repeat(lines)).append("#}");
        }
    }

    private static int newLines(String text) {
        return (int) text.chars().filter(c -> c == '\n').count();
    }
}
