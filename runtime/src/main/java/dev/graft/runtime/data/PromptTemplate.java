package dev.graft.runtime.data;

/** How an instruction becomes the text before the answer. */
public sealed interface PromptTemplate {
    /** {@code "{instruction}\n"}. */
    PromptTemplate INSTRUCTION_LINE = new Plain("{instruction}\n");

    /** The word that stands for {@link Chat} in {@link #of}. */
    String CHAT = "chat";

    /**
     * Plain text with {@code {instruction}} and {@code {input}} in it; the answer follows, and the eos token after it. No
     * bos token is added.
     */
    record Plain(String text) implements PromptTemplate {
        @Override
        public String toString() {
            return text;
        }
    }

    /**
     * The checkpoint's chat template: the instruction, and the input on the next line, as the user's message, the answer
     * as the assistant's. The answer ends with the template's eos token. A template that writes the date writes 26 July 2024.
     */
    record Chat() implements PromptTemplate {
        @Override
        public String toString() {
            return CHAT;
        }
    }

    /** {@code "chat"}, or a plain text; the inverse of {@code toString}. */
    static PromptTemplate of(String text) {
        return text.equals(CHAT) ? new Chat() : new Plain(text);
    }
}
