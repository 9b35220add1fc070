package dev.graft.cli.bench;

import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.generate.Decoder;
import dev.graft.runtime.generate.TokenChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How fast models read a prompt and continue it greedily, one sequence with a KV cache.
 *
 * @param models in the order of their turns
 */
public record GenerateBench(List<Model> models) {
    private static final double NANOS = 1e-9;
    private static final int WARMUP = 1;
    private static final int LEAST = 3;

    /**
     * One model.
     *
     * @param prefill of the whole prompt, up to its last token's logits
     * @param decode of all new tokens, each with its choice
     */
    public record Model(
            String name, Spread prefill, Spread decode, double prefillTokensPerSecond, double decodeTokensPerSecond) {}

    /**
     * Measures all in turns.
     *
     * @param models by name
     * @param prompt its tokens
     * @param tokens new ones, at least 1
     * @param seconds about how long in all, after a turn that doesn't count
     */
    public static GenerateBench measure(Map<String, LoadedModel> models, long[] prompt, int tokens, double seconds) {
        List<Times> times = models.entrySet().stream()
                .map(entry -> new Times(entry.getKey(), entry.getValue()))
                .toList();
        for (int turn = 0; turn < WARMUP; turn++) {
            models.forEach((name, model) -> new Times(name, model).add(prompt, tokens));
        }
        long end = System.nanoTime() + (long) (seconds / NANOS);
        for (int turn = 0; turn < LEAST || System.nanoTime() < end; turn++) {
            times.forEach(each -> each.add(prompt, tokens));
        }
        return new GenerateBench(
                times.stream().map(each -> each.of(prompt, tokens)).toList());
    }

    /** What one model took, turn by turn, in seconds. */
    private static final class Times {
        private final String name;
        private final LoadedModel model;
        private final List<Double> prefill = new ArrayList<>();
        private final List<Double> decode = new ArrayList<>();

        Times(String name, LoadedModel model) {
            this.name = name;
            this.model = model;
        }

        void add(long[] prompt, int tokens) {
            try (Decoder decoder = new Decoder(model.model(), model.weights(), 1, prompt.length + tokens)) {
                long start = System.nanoTime();
                float[] logits = decoder.feed(prompt);
                long read = System.nanoTime();
                for (int i = 0; i < tokens; i++) {
                    logits = decoder.feed(TokenChoice.greedy().choose(logits, i));
                }
                prefill.add((read - start) * NANOS);
                decode.add((System.nanoTime() - read) * NANOS);
            }
        }

        Model of(long[] prompt, int tokens) {
            Spread read = Spread.of(prefill);
            Spread written = Spread.of(decode);
            return new Model(name, read, written, prompt.length / read.median(), tokens / written.median());
        }
    }
}
