package dev.graft.runtime.data;

import java.nio.file.Path;
import java.util.Locale;

/**
 * How data files are read, without saying where they are, so that it can be recorded in a run's settings.
 *
 * @param format of the files
 * @param prompt how instructions become text; not used for plain text
 * @param fields of instruction records
 * @param first how many examples are used, in the order of the files; 0 for all
 * @param mixture of tasks
 * @param form in which instructions with answer choices are learnt: as they stand, or as a cloze, for which no prompt is used
 */
public record DataSpec(
        Format format, PromptTemplate prompt, Fields fields, int first, Mixture mixture, QuestionSpec.Form form) {

    /** What the files hold. */
    public enum Format {
        /** Plain text, cut into windows. */
        TEXT,
        /** A JSON array or JSON lines of instruction records. */
        INSTRUCTIONS,
        /** A folder of prompted tasks. */
        TASKS
    }

    public static DataSpec text() {
        return usual(Format.TEXT);
    }

    public static DataSpec instructions() {
        return usual(Format.INSTRUCTIONS);
    }

    public static DataSpec tasks() {
        return usual(Format.TASKS);
    }

    private static DataSpec usual(Format format) {
        return new DataSpec(
                format,
                PromptTemplate.INSTRUCTION_LINE,
                Fields.usual(),
                0,
                Mixture.training(),
                QuestionSpec.Form.LABELS);
    }

    /**
     * A folder with {@code tasks.jsonl} holds tasks; {@code .json} and {@code .jsonl} are instructions, by the name's end;
     * everything else is text.
     */
    public static DataSpec of(Path file) {
        if (TaskFolder.isAt(file)) {
            return tasks();
        }
        String name = file.toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".json") || name.endsWith(".jsonl") ? instructions() : text();
    }

    public DataSpec prompt(PromptTemplate value) {
        return new DataSpec(format, value, fields, first, mixture, form);
    }

    public DataSpec fields(Fields value) {
        return new DataSpec(format, prompt, value, first, mixture, form);
    }

    public DataSpec first(int examples) {
        return new DataSpec(format, prompt, fields, examples, mixture, form);
    }

    public DataSpec mixture(Mixture value) {
        return new DataSpec(format, prompt, fields, first, value, form);
    }

    public DataSpec form(QuestionSpec.Form value) {
        return new DataSpec(format, prompt, fields, first, mixture, value);
    }
}
