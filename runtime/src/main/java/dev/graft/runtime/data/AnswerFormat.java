package dev.graft.runtime.data;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An instruction that lists its answers as LLM-Adapters writes them: {@code Please choose … question: Q}, then
 * {@code Answer1: a Answer2: b}, then {@code Answer format: answer1/answer2}.
 *
 * @param question alone, without what introduces it
 * @param labels that name the answers
 * @param texts of the answers, one a label; the labels themselves where the instruction lists no texts
 */
record AnswerFormat(String question, List<String> labels, List<String> texts) {
    private static final Pattern LABELS = Pattern.compile("Answer format: (\\S+(?:/\\S+)+)\\s*$");
    private static final Pattern INTRODUCTION = Pattern.compile("^[^:]*\\b(?:question|sentence): ");

    /** What an instruction lists; null where it doesn't end with its labels. */
    static @Nullable AnswerFormat of(String instruction) {
        Matcher format = LABELS.matcher(instruction);
        if (!format.find()) {
            return null;
        }
        List<String> labels = List.of(format.group(1).split("/"));
        String before = instruction.substring(0, format.start()).strip();
        int[] starts = starts(before, labels);
        String question = starts.length == 0 ? before : before.substring(0, starts[0]);
        return new AnswerFormat(
                INTRODUCTION.matcher(question).replaceFirst("").strip(),
                labels,
                starts.length == 0 ? labels : texts(before, labels, starts));
    }

    /** Where each label stands with a colon behind it, in any case of letters; empty where not all do, in their order. */
    private static int[] starts(String text, List<String> labels) {
        String lower = text.toLowerCase(Locale.ROOT);
        int[] starts = new int[labels.size()];
        int from = 0;
        for (int i = 0; i < starts.length; i++) {
            String label = labels.get(i).toLowerCase(Locale.ROOT) + ":";
            starts[i] = lower.indexOf(label, from);
            if (starts[i] < 0) {
                return new int[0];
            }
            from = starts[i] + label.length();
        }
        return starts;
    }

    private static List<String> texts(String text, List<String> labels, int[] starts) {
        String[] texts = new String[starts.length];
        for (int i = 0; i < texts.length; i++) {
            int end = i + 1 < starts.length ? starts[i + 1] : text.length();
            texts[i] =
                    text.substring(starts[i] + labels.get(i).length() + 1, end).strip();
        }
        return List.of(texts);
    }
}
