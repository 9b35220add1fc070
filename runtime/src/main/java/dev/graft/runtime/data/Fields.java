package dev.graft.runtime.data;

/**
 * The names of an instruction record's fields.
 *
 * @param instruction what is asked
 * @param input what it is asked about; may be missing or empty
 * @param output the text to learn
 * @param answer the gold answer of a question with choices
 */
public record Fields(String instruction, String input, String output, String answer) {

    /** {@code instruction}, {@code input}, {@code output}, {@code answer}. */
    public static Fields usual() {
        return new Fields("instruction", "input", "output", "answer");
    }
}
