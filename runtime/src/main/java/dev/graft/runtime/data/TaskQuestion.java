package dev.graft.runtime.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A question of a task, before a template puts it into words: {@code "choices"} and either {@code "answer"}, the text of the
 * right one, or {@code "label"}, its index. Templates name its other fields.
 *
 * @param record with the fields
 * @param gold index of the right choice
 */
record TaskQuestion(JsonRecord record, List<String> choices, int gold) {
    private static final int LETTERS = 26;

    /** The questions of a file; what isn't one is noted and left out. */
    static List<TaskQuestion> read(DataFile file) {
        return JsonRecords.of(file).stream()
                .map(record -> of(record, file.problems()))
                .filter(Objects::nonNull)
                .toList();
    }

    private static @Nullable TaskQuestion of(JsonRecord record, DataProblems problems) {
        List<String> choices = ChoiceRecord.texts(record, problems);
        if (choices == null) {
            return null;
        }
        if (choices.size() > LETTERS) {
            problems.add(record.line(), "it has " + choices.size() + " choices, more than letters", "");
            return null;
        }
        int gold =
                record.has("label") ? ChoiceRecord.label(record, choices, problems) : answer(record, choices, problems);
        return gold < 0 ? null : new TaskQuestion(record, choices, gold);
    }

    private static int answer(JsonRecord record, List<String> choices, DataProblems problems) {
        JsonNode answer = record.object().path("answer");
        int gold = answer.isTextual() ? choices.indexOf(answer.asText()) : -1;
        if (gold < 0) {
            problems.add(
                    record.line(),
                    answer.isTextual()
                            ? "the answer \"" + answer.asText() + "\" is none of the choices: "
                                    + String.join(" / ", choices)
                            : "it has neither an \"answer\", the text of the right choice, nor a \"label\", its index",
                    "");
        }
        return gold;
    }
}
