package dev.graft.runtime.generate;

import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Continues prompts, token by token, with a KV cache. */
public final class Generator {
    private static final long[] NONE = {};

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
        return generate(List.of(prompt), limit, choice, ends, (text, token) -> goesOn.test(token))
                .get(0);
    }

    /**
     * The same for several prompts side by side: a step of all takes little longer than that of one.
     *
     * @return each prompt's new tokens
     */
    public List<int[]> generate(
            List<int[]> prompts, int limit, TokenChoice choice, IntPredicate ends, TokenListener listener) {
        List<IntStream.Builder> texts =
                prompts.stream().map(prompt -> IntStream.builder()).toList();
        int longest = prompts.stream().mapToInt(prompt -> prompt.length).max().orElse(0);
        try (Decoder decoder = new Decoder(model, weights, prompts.size(), longest + limit)) {
            List<long[]> next = new ArrayList<>();
            prompts.forEach(
                    prompt -> next.add(Arrays.stream(prompt).asLongStream().toArray()));
            for (int i = 0; i < limit && next.stream().anyMatch(tokens -> tokens.length > 0); i++) {
                Iterator<float[]> logits = decoder.feed(next).iterator();
                for (int text = 0; text < next.size(); text++) {
                    if (next.get(text).length > 0) {
                        int token = choice.choose(logits.next(), i);
                        boolean ended = ends.test(token);
                        if (!ended) {
                            texts.get(text).add(token);
                        }
                        next.set(text, !ended && listener.accept(text, token) ? new long[] {token} : NONE);
                    }
                }
            }
        }
        return texts.stream().map(text -> text.build().toArray()).toList();
    }
}
