package dev.graft.runtime.generate;

/** Hears the tokens of several texts as they come. */
@FunctionalInterface
public interface TokenListener {

    /**
     * Hears one token.
     *
     * @param text index of the prompt that it continues
     * @return whether the text goes on after it
     */
    boolean accept(int text, int token);
}
