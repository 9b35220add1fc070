package dev.graft.assertj;

import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A pattern of dotted names: {@code *} within a part, {@code **} across parts, {@code a.**} also {@code a} itself. */
final class Glob {
    private static final Pattern WILDCARD = Pattern.compile("\\.\\*\\*|\\*\\*\\.|\\*\\*|\\*");

    private final Pattern pattern;

    Glob(String glob) {
        StringBuilder regex = new StringBuilder();
        Matcher wildcards = WILDCARD.matcher(glob);
        int from = 0;
        while (wildcards.find()) {
            regex.append(Pattern.quote(glob.substring(from, wildcards.start())))
                    .append(
                            switch (wildcards.group()) {
                                case ".**" -> "(\\..*)?";
                                case "**." -> "(.*\\.)?";
                                case "**" -> ".*";
                                default -> "[^.]*";
                            });
            from = wildcards.end();
        }
        this.pattern = Pattern.compile(
                regex.append(Pattern.quote(glob.substring(from))).toString());
    }

    boolean matches(String name) {
        return pattern.matcher(name).matches();
    }

    List<String> in(Collection<String> names) {
        return names.stream().filter(this::matches).toList();
    }
}
