package dev.graft.runtime.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A question as a data file states it.
 *
 * @param line where it begins
 * @param prompt the text before the options
 * @param choices what is scored
 * @param gold index of the right one
 */
record ChoiceRecord(long line, String prompt, List<String> choices, int gold) {
    /** The question of a record, or null with a problem noted. */
    static @Nullable ChoiceRecord of(JsonRecord record, QuestionSpec spec, Prompter prompter, DataProblems problems) {
        return record.has("choices")
                ? listed(record, spec, prompter, problems)
                : byFormat(record, spec, prompter, problems);
    }

    private static @Nullable ChoiceRecord listed(
            JsonRecord record, QuestionSpec spec, Prompter prompter, DataProblems problems) {
        String prompt =
                record.has("context") ? record.text("context", problems) : prompt(record, spec, prompter, problems);
        List<String> choices = texts(record, problems);
        if (prompt == null || choices == null) {
            return null;
        }
        int gold = label(record, choices, problems);
        return gold < 0 ? null : new ChoiceRecord(record.line(), prompt, choices, gold);
    }

    /** The index in {@code label}, or -1 with a problem noted. */
    static int label(JsonRecord record, List<String> choices, DataProblems problems) {
        JsonNode label = record.object().path("label");
        if (label.isIntegralNumber() && label.asInt(-1) >= 0 && label.asInt() < choices.size()) {
            return label.asInt();
        }
        problems.add(
                record.line(),
                "\"label\" must be the index of one of the " + choices.size() + " choices (0 to " + (choices.size() - 1)
                        + ")",
                "");
        return -1;
    }

    /** The texts in {@code choices}, all different, or null with a problem noted. */
    static @Nullable List<String> texts(JsonRecord record, DataProblems problems) {
        List<String> texts = new ArrayList<>();
        for (JsonNode choice : record.object().path("choices")) {
            if (!choice.isTextual() || choice.asText().isEmpty()) {
                problems.add(record.line(), "a choice is not a text, or empty", "");
                return null;
            }
            texts.add(choice.asText());
        }
        if (texts.size() < 2) {
            problems.add(record.line(), "\"choices\" must be a list of at least two texts", "");
            return null;
        }
        for (int i = 1; i < texts.size(); i++) {
            if (texts.indexOf(texts.get(i)) < i) {
                problems.add(record.line(), "the choice \"" + texts.get(i) + "\" is there twice", "");
                return null;
            }
        }
        return texts;
    }

    private static @Nullable ChoiceRecord byFormat(
            JsonRecord record, QuestionSpec spec, Prompter prompter, DataProblems problems) {
        String prompt = prompt(record, spec, prompter, problems);
        String answer = record.text(spec.fields().answer(), problems);
        if (prompt == null || answer == null) {
            return null;
        }
        AnswerFormat format = AnswerFormat.of(
                record.object().path(spec.fields().instruction()).asText());
        if (format == null) {
            problems.add(
                    record.line(),
                    "it has no choices, and its instruction doesn't end with \"Answer format: a/b/…\"",
                    "a question needs either; without --ask and --cloze, instructions are measured and learnt as they stand");
            return null;
        }
        int gold = gold(record, format, answer, problems);
        if (gold < 0) {
            return null;
        }
        return switch (spec.form()) {
            case LABELS -> new ChoiceRecord(record.line(), prompt, phrases(format, spec), gold);
            case CLOZE ->
                new ChoiceRecord(
                        record.line(),
                        format.question(),
                        format.texts().stream().map(text -> " " + text).toList(),
                        gold);
        };
    }

    private static List<String> phrases(AnswerFormat format, QuestionSpec spec) {
        return format.labels().stream()
                .map(label -> spec.phrase().replace(QuestionSpec.CHOICE, label))
                .toList();
    }

    /** The index of the answer among the labels, or -1 with a problem noted. */
    static int gold(JsonRecord record, AnswerFormat format, String answer, DataProblems problems) {
        int gold = format.labels().indexOf(answer);
        if (gold < 0) {
            problems.add(
                    record.line(), "the answer \"" + answer + "\" is none of " + String.join("/", format.labels()), "");
        }
        return gold;
    }

    /** The text before the answer, or null with a problem noted. */
    static @Nullable String prompt(JsonRecord record, QuestionSpec spec, Prompter prompter, DataProblems problems) {
        String instruction = record.text(spec.fields().instruction(), problems);
        String input = record.optionalText(spec.fields().input(), problems);
        return instruction == null || input == null
                ? null
                : prompter.prompt(record.line(), instruction, input, problems);
    }
}
