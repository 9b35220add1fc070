package dev.graft.surgery.peft;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * PEFT's {@code rank_pattern} or {@code alpha_pattern}: numbers by regular expressions, the first of which that matches
 * a module's name, or its end behind a dot, decides.
 */
final class ModulePatterns {
    /** A repeated group or very many repetitions can take for ever on a short name. */
    private static final Pattern REPEATED_GROUP = Pattern.compile("\\)[*+{]");

    private static final int MOST_REPETITIONS = 4;

    private final Map<Pattern, Double> numbers = new LinkedHashMap<>();

    /**
     * @param where file and key, for messages
     * @throws GraftException {@code E_PEFT} for what is no regular expression
     */
    ModulePatterns(String where, Map<String, Double> written) {
        written.forEach((key, number) -> numbers.put(pattern(where, key), number));
    }

    private static Pattern pattern(String where, String key) {
        long repetitions = key.chars()
                .filter(letter -> letter == '*' || letter == '+' || letter == '{')
                .count();
        if (repetitions > MOST_REPETITIONS || REPEATED_GROUP.matcher(key).find()) {
            throw new GraftException(Issue.error("E_PEFT", where + ": the pattern '" + key + "' repeats too much")
                    .withFix("name the modules"));
        }
        try {
            return Pattern.compile("(.*\\.)?(" + key + ")");
        } catch (PatternSyntaxException e) {
            throw new GraftException(
                    Issue.error("E_PEFT", where + ": '" + key + "' is no regular expression: " + e.getDescription())
                            .withFix("name the modules"),
                    e);
        }
    }

    /** Empty where no pattern matches the module. */
    OptionalDouble of(String module) {
        return numbers.entrySet().stream()
                .filter(entry -> entry.getKey().matcher(module).matches())
                .mapToDouble(Map.Entry::getValue)
                .findFirst();
    }
}
