package dev.graft.runtime.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Methods of Python's {@code str}. */
final class PythonText {
    private PythonText() {}

    static @Nullable Object call(String text, String method, Arguments arguments) {
        return switch (method) {
            case "strip" -> strip(text, arguments, true, true);
            case "lstrip" -> strip(text, arguments, true, false);
            case "rstrip" -> strip(text, arguments, false, true);
            case "startswith" -> affixes(arguments).stream().anyMatch(text::startsWith);
            case "endswith" -> affixes(arguments).stream().anyMatch(text::endsWith);
            case "removeprefix" ->
                text.startsWith(arguments.text(0))
                        ? text.substring(arguments.text(0).length())
                        : text;
            case "removesuffix" ->
                text.endsWith(arguments.text(0)) && !arguments.text(0).isEmpty()
                        ? text.substring(0, text.length() - arguments.text(0).length())
                        : text;
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "title" -> title(text);
            case "capitalize" -> capitalize(text);
            case "split" -> split(text, arguments);
            case "splitlines" -> new ArrayList<>(text.lines().toList());
            case "replace" -> replace(text, arguments);
            case "join" -> join(text, PythonValue.items(arguments.at(0)));
            case "find" -> (long) text.indexOf(arguments.text(0));
            case "rfind" -> (long) text.lastIndexOf(arguments.text(0));
            case "count" ->
                (long) (text.length() - text.replace(arguments.text(0), "").length())
                        / Math.max(1, arguments.text(0).length());
            case "isdigit" -> !text.isEmpty() && text.codePoints().allMatch(Character::isDigit);
            case "isalpha" -> !text.isEmpty() && text.codePoints().allMatch(Character::isLetter);
            case "isupper" ->
                text.codePoints().anyMatch(Character::isUpperCase)
                        && text.codePoints().noneMatch(Character::isLowerCase);
            case "islower" ->
                text.codePoints().anyMatch(Character::isLowerCase)
                        && text.codePoints().noneMatch(Character::isUpperCase);
            default -> throw new TemplateFault("texts have no method " + method);
        };
    }

    private static String strip(String text, Arguments arguments, boolean left, boolean right) {
        String characters = arguments.isGiven(0) ? arguments.text(0) : null;
        IntPredicate drop = characters == null ? PythonText::isSpace : c -> characters.indexOf(c) >= 0;
        return strip(text, drop, left, right);
    }

    /** {@code str.strip()}. */
    static String strip(String text) {
        return strip(text, PythonText::isSpace, true, true);
    }

    private static String strip(String text, IntPredicate drop, boolean left, boolean right) {
        int start = 0;
        int end = text.length();
        while (left && start < end && drop.test(text.charAt(start))) {
            start++;
        }
        while (right && end > start && drop.test(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    /** Python counts a few more characters as white space than Java does. */
    static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    private static List<String> affixes(Arguments arguments) {
        return arguments.at(0) instanceof List<?> list
                ? list.stream().map(PythonValue::text).toList()
                : List.of(arguments.text(0));
    }

    static String capitalize(String text) {
        return text.isEmpty()
                ? text
                : text.substring(0, 1).toUpperCase(Locale.ROOT)
                        + text.substring(1).toLowerCase(Locale.ROOT);
    }

    static String title(String text) {
        StringBuilder title = new StringBuilder();
        boolean inWord = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            title.append(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
            inWord = Character.isLetter(c);
        }
        return title.toString();
    }

    private static List<Object> split(String text, Arguments arguments) {
        int most = (int) arguments.integer(1, "maxsplit", -1);
        boolean atSpaces = !arguments.isGiven(0) || arguments.at(0) == None.NONE;
        return atSpaces ? splitAtSpaces(text) : splitAt(text, arguments.text(0), most);
    }

    private static List<Object> splitAtSpaces(String text) {
        String plain = text.codePoints()
                .map(c -> isSpace(c) ? ' ' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return new ArrayList<>(Arrays.stream(plain.split(" ", -1))
                .filter(word -> !word.isEmpty())
                .toList());
    }

    private static List<Object> splitAt(String text, String separator, int most) {
        if (separator.isEmpty()) {
            throw new TemplateFault("split needs a separator");
        }
        List<Object> parts = new ArrayList<>();
        int start = 0;
        int at = text.indexOf(separator);
        while (at >= 0 && (most < 0 || parts.size() < most)) {
            parts.add(text.substring(start, at));
            start = at + separator.length();
            at = text.indexOf(separator, start);
        }
        parts.add(text.substring(start));
        return parts;
    }

    private static String replace(String text, Arguments arguments) {
        return replace(text, arguments.text(0), arguments.text(1), arguments.integer(2, "count", -1));
    }

    /** Replaces the first {@code most} occurrences; all of them if it is negative. */
    static String replace(String text, String old, String replacement, long most) {
        if (old.isEmpty()) {
            throw new TemplateFault("replace needs a text to look for");
        }
        StringBuilder replaced = new StringBuilder();
        int start = 0;
        long done = 0;
        for (int at = text.indexOf(old); at >= 0 && (most < 0 || done < most); at = text.indexOf(old, start)) {
            replaced.append(text, start, at).append(replacement);
            Limits.check(replaced.length());
            start = at + old.length();
            done++;
        }
        return replaced.append(text.substring(start)).toString();
    }

    static String join(String separator, List<Object> items) {
        StringBuilder joined = new StringBuilder();
        for (int i = 0; i < items.size(); i++) {
            joined.append(i == 0 ? "" : separator).append(PythonValue.text(items.get(i)));
            Limits.check(joined.length());
        }
        return joined.toString();
    }
}
