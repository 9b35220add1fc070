package dev.graft.runtime.generate;

import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Weights;
import java.util.Arrays;
import java.util.function.IntPredicate;

/** Continues a prompt, token by token, with a KV cache. */
public final class Generator {
    private final LanguageModel model;
    private final Weights weights;

    public Generator(LanguageModel model, Weights weights) {
        this.model = model;
        this.weights = weights;
    }

    /**
     * Generates until a token ends the text or enough were generated.
     *
     * @param prompt at least one token
     * @param limit new tokens at most
     * @param ends whether a token ends the text, such as eos; it is not part of the result
     * @param goesOn hears each token as it comes; whether the text goes on after it
     * @return the new tokens
     */
    public int[] generate(int[] prompt, int limit, TokenChoice choice, IntPredicate ends, IntPredicate goesOn) {
        int[] generated = new int[limit];
        try (Decoder decoder = new Decoder(model, weights, prompt.length + limit)) {
            float[] logits = decoder.feed(Arrays.stream(prompt).asLongStream().toArray());
            for (int i = 0; i < limit; i++) {
                int token = choice.choose(logits, i);
                if (ends.test(token)) {
                    return Arrays.copyOf(generated, i);
                }
                generated[i] = token;
                if (!goesOn.test(token)) {
                    return Arrays.copyOf(generated, i + 1);
                }
                if (i + 1 < limit) {
                    logits = decoder.feed(token);
                }
            }
        }
        return generated;
    }
}
