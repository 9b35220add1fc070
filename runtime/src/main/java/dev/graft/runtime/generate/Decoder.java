package dev.graft.runtime.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.runtime.engine.KvCache;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.Rows;
import dev.graft.runtime.engine.Segment;
import dev.graft.runtime.model.EncoderDecoderModel;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.Weights;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Growing sequences, side by side: feeds tokens through a model with a KV cache. Not thread-safe. */
public final class Decoder implements AutoCloseable {
    private final LanguageModel model;
    private final Weights weights;
    private final NDManager scope;
    private final KvCache cache;
    private final int[] lengths;

    /**
     * @param sequences that grow
     * @param capacity tokens that each may have, prompt and continuation together
     */
    public Decoder(LanguageModel model, Weights weights, int sequences, int capacity) {
        this.model = model;
        this.weights = weights;
        this.scope = weights.engine().scope();
        this.lengths = new int[sequences];
        this.cache = KvCache.allocate(
                        weights.engine().ops(scope),
                        model.layers() - model.encoderLayers(),
                        sequences,
                        capacity,
                        model.attention().kvHeads(),
                        model.attention().headDim(),
                        weights.precision())
                .from(model.encoderLayers());
    }

    /**
     * Appends tokens to the sequences; the first call's are the prompts, which an encoder reads if the model has one.
     *
     * @param tokens of each sequence; none for one that takes no part
     * @return for each sequence that takes part, in order, the logits [V] that follow its last token
     */
    public List<float[]> feed(List<long[]> tokens) {
        try (NDManager step = weights.engine().scope()) {
            Ops ops = weights.engine().ops(step);
            if (model instanceof EncoderDecoderModel withEncoder
                    && Arrays.stream(lengths).allMatch(n -> n == 0)) {
                long[] start = {withEncoder.decoderStart()};
                List<long[]> starts = Collections.nCopies(lengths.length, start);
                List<Segment> sources =
                        tokens.stream().map(read -> Segment.of(read.length)).toList();
                return feed(pass(ops, starts).from(upload(ops, tokens), Rows.of(ops, sources)));
            }
            return feed(pass(ops, tokens));
        }
    }

    /** The same for a single sequence. */
    public float[] feed(long... tokens) {
        return feed(List.of(tokens)).get(0);
    }

    private Pass pass(Ops ops, List<long[]> tokens) {
        List<Segment> segments = IntStream.range(0, lengths.length)
                .mapToObj(i -> lengths[i] == 0
                        ? Segment.of(tokens.get(i).length)
                        : Segment.after(lengths[i], tokens.get(i).length))
                .toList();
        return Pass.of(model, ops, upload(ops, tokens), Rows.of(ops, segments)).with(cache);
    }

    private static NDArray upload(Ops ops, List<long[]> tokens) {
        return ops.upload(tokens.stream().flatMapToLong(Arrays::stream).toArray());
    }

    private List<float[]> feed(Pass pass) {
        Ops ops = pass.ops();
        NDArray hidden = Forward.hidden(model, pass); // [T, d]
        List<Segment> segments = pass.rows().segments();
        LongStream.Builder lasts = LongStream.builder();
        int end = 0;
        for (int i = 0; i < lengths.length; i++) {
            int tokens = segments.get(i).length();
            lengths[i] += tokens;
            end += tokens;
            if (tokens > 0) {
                lasts.add(end - 1L);
            }
        }
        long[] rows = lasts.build().toArray();
        NDArray last = ops.rowsAt(hidden, ops.upload(rows)); // [N, d]
        float[] logits = ops.floats(ops.logits(last, model.head()));
        int vocabulary = logits.length / rows.length;
        return IntStream.range(0, rows.length)
                .mapToObj(i -> Arrays.copyOfRange(logits, i * vocabulary, (i + 1) * vocabulary))
                .toList();
    }

    /** Tokens of a sequence so far, the decoder's start token included. */
    public int length(int sequence) {
        return lengths[sequence];
    }

    @Override
    public void close() {
        scope.close();
    }
}
