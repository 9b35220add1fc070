package dev.graft.runtime.engine;

/**
 * One sequence's part of a ragged batch.
 *
 * @param length new tokens; 0 for a sequence that takes no part in this pass
 * @param past tokens of the sequence that a KV cache already holds
 * @param prompt how many of the new tokens, from the first, are the prompt (sentence routing reads only these)
 * @param example number of the example in its epoch, so that random masks follow it wherever it is packed
 */
public record Segment(int length, int past, int prompt, long example) {

    public Segment {
        if (length < 0 || past < 0 || prompt < 0 || prompt > length) {
            throw new IllegalArgumentException("length " + length + ", past " + past + ", prompt " + prompt);
        }
    }

    /** A sequence that is all prompt. */
    public static Segment of(int length) {
        return new Segment(length, 0, length, 0);
    }

    /** New tokens of a sequence whose first {@code past} tokens are cached. */
    public static Segment after(int past, int length) {
        return new Segment(length, past, 0, 0);
    }

    public Segment prompt(int tokens) {
        return new Segment(length, past, tokens, example);
    }

    public Segment example(long number) {
        return new Segment(length, past, prompt, number);
    }
}
