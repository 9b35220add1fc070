package dev.graft.runtime.data;

/**
 * How questions with answer choices are read. A record either lists its choices, after a {@code context} or an
 * instruction: {@code {"context": …, "choices": [text, …], "label": index}}; or its instruction ends with
 * {@code Answer format: a/b/…} and its gold answer is the field {@code answer}.
 *
 * @param prompt how an instruction becomes text; a context is taken as it is
 * @param fields of instruction records
 * @param phrase what is scored for an option of an answer format, with {@code {choice}} in it
 * @param first how many questions are used, from the start of the file; 0 for all
 * @param form of the questions of an answer format
 */
public record QuestionSpec(PromptTemplate prompt, Fields fields, String phrase, int first, Form form) {
    static final String CHOICE = "{choice}";

    /** What stands before and in the options. */
    public enum Form {
        /** The whole instruction, then the phrase with an answer's label. */
        LABELS,
        /** The question alone, then an answer's text after a space; no prompt template is used. */
        CLOZE
    }

    public static QuestionSpec usual() {
        return new QuestionSpec(
                PromptTemplate.INSTRUCTION_LINE, Fields.usual(), "the correct answer is " + CHOICE, 0, Form.LABELS);
    }

    public QuestionSpec prompt(PromptTemplate value) {
        return new QuestionSpec(value, fields, phrase, first, form);
    }

    public QuestionSpec fields(Fields value) {
        return new QuestionSpec(prompt, value, phrase, first, form);
    }

    public QuestionSpec phrase(String value) {
        return new QuestionSpec(prompt, fields, value, first, form);
    }

    public QuestionSpec first(int questions) {
        return new QuestionSpec(prompt, fields, phrase, questions, form);
    }

    public QuestionSpec form(Form value) {
        return new QuestionSpec(prompt, fields, phrase, first, value);
    }
}
