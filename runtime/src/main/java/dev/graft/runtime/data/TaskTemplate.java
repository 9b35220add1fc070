package dev.graft.runtime.data;

import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One way to ask the questions of a task. A word in braces stands for a field of the question; {@code {options}} for all
 * choices, a line each, as {@code (A) first}; in the target {@code {choice}} for the choice and {@code {letter}} for its
 * letter. Other braces stay as they are.
 *
 * @param line in the file of templates
 * @param group which tasks use it
 * @param name of its own in the group
 * @param input what comes before the target
 * @param target what is learnt and scored, different for every choice
 */
public record TaskTemplate(long line, String group, String name, String input, String target) {
    private static final Pattern FIELD = Pattern.compile("\\{([A-Za-z_]\\w*)}");
    private static final Set<String> OF_A_CHOICE = Set.of("choice", "letter");
    private static final String OPTIONS = "options";

    /** The template of a record, or null with a problem noted. */
    static @Nullable TaskTemplate of(JsonRecord record, DataProblems problems) {
        String group = record.text("group", problems);
        String name = record.text("name", problems);
        String input = record.text("input", problems);
        String target = record.text("target", problems);
        if (group == null || name == null || input == null || target == null) {
            return null;
        }
        if (OF_A_CHOICE.stream().noneMatch(field -> target.contains("{" + field + "}"))) {
            problems.add(record.line(), "the target has neither {choice} nor {letter}: all choices would be equal", "");
            return null;
        }
        return new TaskTemplate(record.line(), group, name, input, target);
    }

    /** The question in this template's words; null with a problem noted where it lacks a field. */
    @Nullable
    ChoiceRecord ask(TaskQuestion question, DataProblems problems) {
        String prompt = fill(input, question, -1, problems);
        List<String> targets = IntStream.range(0, question.choices().size())
                .mapToObj(choice -> fill(target, question, choice, problems))
                .takeWhile(text -> text != null)
                .map(String::valueOf)
                .toList();
        return prompt == null || targets.size() < question.choices().size()
                ? null
                : new ChoiceRecord(question.record().line(), prompt, targets, question.gold());
    }

    /** @param choice index of the choice that is the target; -1 in the input */
    private @Nullable String fill(String text, TaskQuestion question, int choice, DataProblems problems) {
        StringBuilder filled = new StringBuilder();
        Matcher field = FIELD.matcher(text);
        while (field.find()) {
            String value = value(field.group(1), question, choice, problems);
            if (value == null) {
                return null;
            }
            field.appendReplacement(filled, Matcher.quoteReplacement(value));
        }
        return field.appendTail(filled).toString();
    }

    private @Nullable String value(String field, TaskQuestion question, int choice, DataProblems problems) {
        List<String> choices = question.choices();
        if (field.equals(OPTIONS)) {
            return IntStream.range(0, choices.size())
                    .mapToObj(i -> "(" + letter(i) + ") " + choices.get(i))
                    .collect(Collectors.joining("\n"));
        }
        if (choice >= 0 && OF_A_CHOICE.contains(field)) {
            return field.equals("choice") ? choices.get(choice) : letter(choice);
        }
        if (question.record().has(field)) {
            return question.record().text(field, problems);
        }
        problems.add(
                question.record().line(),
                "the template \"" + name + "\" needs the field \"" + field + "\", which is missing",
                "");
        return null;
    }

    private static String letter(int choice) {
        return String.valueOf((char) ('A' + choice));
    }
}
