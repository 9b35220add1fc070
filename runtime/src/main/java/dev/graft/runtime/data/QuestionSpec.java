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
 */
public record QuestionSpec(PromptTemplate prompt, Fields fields, String phrase, int first) {
    static final String CHOICE = "{choice}";

    public static QuestionSpec usual() {
        return new QuestionSpec(PromptTemplate.INSTRUCTION_LINE, Fields.usual(), "the correct answer is " + CHOICE, 0);
    }

    public QuestionSpec prompt(PromptTemplate value) {
        return new QuestionSpec(value, fields, phrase, first);
    }

    public QuestionSpec fields(Fields value) {
        return new QuestionSpec(prompt, value, phrase, first);
    }

    public QuestionSpec phrase(String value) {
        return new QuestionSpec(prompt, fields, value, first);
    }

    public QuestionSpec first(int questions) {
        return new QuestionSpec(prompt, fields, phrase, questions);
    }
}
