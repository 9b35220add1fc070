package dev.graft.runtime.data;

import java.util.Arrays;

/**
 * Turns generated ids into text as they come. A character that needs several tokens is held back until it is whole. Not
 * thread-safe.
 */
public final class TokenStream {
    private static final String INCOMPLETE = "\uFFFD";

    private final Tokenizer tokenizer;
    private final boolean skipSpecial;
    private int[] ids = new int[64];
    private int size;
    private int settledFrom;
    private int settledTo;

    TokenStream(Tokenizer tokenizer, boolean skipSpecial) {
        this.tokenizer = tokenizer;
        this.skipSpecial = skipSpecial;
    }

    /** The text that is certain now and wasn't before; may be empty. */
    public String accept(int id) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, 2 * size);
        }
        ids[size++] = id;
        // Decoded together with the tokens before them: some tokenizers drop the space of a first word.
        String known = decode(settledTo);
        String all = decode(size);
        if (all.length() <= known.length() || all.endsWith(INCOMPLETE)) {
            return "";
        }
        settledFrom = settledTo;
        settledTo = size;
        return all.substring(known.length());
    }

    /** What was held back, at the end of the text. */
    public String finish() {
        String rest = decode(size).substring(decode(settledTo).length());
        settledFrom = size;
        settledTo = size;
        return rest;
    }

    private String decode(int end) {
        return tokenizer.decode(Arrays.copyOfRange(ids, settledFrom, end), skipSpecial);
    }
}
