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
 */
public record DataSpec(Format format, PromptTemplate prompt, Fields fields, int first) {

    /** What the files hold. */
    public enum Format {
        /** Plain text, cut into windows. */
        TEXT,
        /** A JSON array or JSON lines of instruction records. */
        INSTRUCTIONS
    }

    public static DataSpec text() {
        return new DataSpec(Format.TEXT, PromptTemplate.INSTRUCTION_LINE, Fields.usual(), 0);
    }

    public static DataSpec instructions() {
        return new DataSpec(Format.INSTRUCTIONS, PromptTemplate.INSTRUCTION_LINE, Fields.usual(), 0);
    }

    /** By the name's end: {@code .json} and {@code .jsonl} are instructions, everything else is text. */
    public static DataSpec of(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".json") || name.endsWith(".jsonl") ? instructions() : text();
    }

    public DataSpec prompt(PromptTemplate value) {
        return new DataSpec(format, value, fields, first);
    }

    public DataSpec fields(Fields value) {
        return new DataSpec(format, prompt, value, first);
    }

    public DataSpec first(int examples) {
        return new DataSpec(format, prompt, fields, examples);
    }
}
