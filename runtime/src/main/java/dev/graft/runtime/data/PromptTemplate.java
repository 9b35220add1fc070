package dev.graft.runtime.data;

/** How an instruction becomes the text before the answer. */
public sealed interface PromptTemplate {
    /** {@code "{instruction}\n"}. */
    PromptTemplate INSTRUCTION_LINE = new Plain("{instruction}\n");

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
}
