package dev.graft.cli.bench;

import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.generate.Decoder;
import dev.graft.runtime.generate.TokenChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

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
     * @param ofFirst how fast it decodes as a part of the first model, the median of all turns
     */
    public record Model(
            String name,
            Spread prefill,
            Spread decode,
            double prefillTokensPerSecond,
            double decodeTokensPerSecond,
            double ofFirst) {}

    /**
     * Measures all in turns, token by token, so that what disturbs one disturbs them all.
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
            turn(times, prompt, tokens);
        }
        long end = System.nanoTime() + (long) (seconds / NANOS);
        for (int turn = 0; turn < LEAST || System.nanoTime() < end; turn++) {
            List<Text> texts = turn(times, prompt, tokens);
            for (int i = 0; i < texts.size(); i++) {
                times.get(i).add(texts.get(i));
            }
        }
        return new GenerateBench(times.stream()
                .map(each -> each.of(prompt, tokens, times.get(0)))
                .toList());
    }

    private static List<Text> turn(List<Times> times, long[] prompt, int tokens) {
        List<Text> texts = times.stream()
                .map(each -> new Text(each.model, prompt.length + tokens))
                .toList();
        try {
            texts.forEach(text -> text.read(prompt));
            for (int token = 0; token < tokens; token++) {
                texts.forEach(Text::next);
            }
            return texts;
        } finally {
            texts.forEach(text -> text.decoder.close());
        }
    }

    /** One model's turn. */
    private static final class Text {
        private final Decoder decoder;
        private float[] logits = {};
        private double prefill;
        private double decode;

        Text(LoadedModel model, int capacity) {
            decoder = new Decoder(model.model(), model.weights(), 1, capacity);
        }

        void read(long[] prompt) {
            long start = System.nanoTime();
            logits = decoder.feed(prompt);
            prefill = (System.nanoTime() - start) * NANOS;
        }

        void next() {
            long start = System.nanoTime();
            logits = decoder.feed(TokenChoice.greedy().choose(logits, 0));
            decode += (System.nanoTime() - start) * NANOS;
        }
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

        void add(Text text) {
            prefill.add(text.prefill);
            decode.add(text.decode);
        }

        Model of(long[] prompt, int tokens, Times first) {
            Spread read = Spread.of(prefill);
            Spread all = Spread.of(decode);
            List<Double> parts = IntStream.range(0, decode.size())
                    .mapToObj(turn -> first.decode.get(turn) / decode.get(turn))
                    .toList();
            return new Model(
                    name,
                    read,
                    all,
                    prompt.length / read.median(),
                    tokens / all.median(),
                    Spread.of(parts).median());
        }
    }
}
