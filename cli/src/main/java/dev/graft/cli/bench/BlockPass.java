package dev.graft.cli.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.dsl.Graft;
import dev.graft.dsl.Merge;
import dev.graft.dsl.Router;
import dev.graft.runtime.engine.Activation;
import dev.graft.runtime.engine.Dropout;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.ExpertLora;
import dev.graft.runtime.engine.ExpertWeights;
import dev.graft.runtime.engine.Gates;
import dev.graft.runtime.engine.LoraHidden;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.RouterDecision;
import dev.graft.runtime.engine.Rows;
import dev.graft.runtime.engine.Segment;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.random.RandomKey;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A block with random weights and input, to be run forward and backward again and again. */
final class BlockPass implements AutoCloseable {
    private static final double DEVIATION = 0.02;

    private final TorchEngine engine;
    private final BlockShape shape;
    private final NDManager scope;
    private final Ops ops;
    private final Rows rows;
    private final NDArray x;
    private final NDArray slope;
    private final NDArray gate;
    private final @Nullable NDArray gate2;
    private final ExpertWeights experts;
    private final List<NDArray> factors;
    private int drawn;

    BlockPass(TorchEngine engine, BlockShape shape, ElementType type) {
        this.engine = engine;
        this.shape = shape;
        this.scope = engine.scope();
        this.ops = engine.ops(scope);
        this.rows = Rows.of(ops, List.of(Segment.of(shape.tokens())));
        this.x = ops.cast(random(1, shape.tokens(), shape.hidden()), type);
        float[] ones = new float[shape.tokens() * shape.hidden()];
        Arrays.fill(ones, 1);
        this.slope = ops.cast(ops.upload(ones, shape.tokens(), shape.hidden()), type);
        this.gate = ops.cast(random(DEVIATION, shape.experts(), shape.hidden()), type);
        this.gate2 = shape.nulls() == 0 ? null : ops.cast(random(DEVIATION, shape.nulls(), shape.hidden()), type);
        this.experts = new ExpertWeights(
                matrices(type, shape.inner(), shape.hidden()),
                matrices(type, shape.inner(), shape.hidden()),
                matrices(type, shape.hidden(), shape.inner()));
        int own = shape.experts() * shape.lora();
        int beside = shape.experts() * shape.beside();
        this.factors = List.of(
                random(DEVIATION, 2 * own, shape.hidden()),
                random(DEVIATION, own, shape.inner()),
                random(DEVIATION, own, shape.inner()),
                random(DEVIATION, own, shape.inner()),
                random(DEVIATION, own, shape.hidden()),
                random(DEVIATION, beside, shape.hidden()),
                random(DEVIATION, beside, shape.hidden()));
    }

    private NDArray random(double deviation, int rows, int columns) {
        return ops.normal(new RandomKey(drawn++), deviation, rows, columns);
    }

    /** One matrix an expert; all multiples of one, which takes a fraction of the time. */
    private List<NDArray> matrices(ElementType type, int rows, int columns) {
        NDArray one = random(DEVIATION, rows, columns);
        return IntStream.range(0, shape.experts())
                .mapToObj(e -> ops.cast(ops.multiply(one, ops.upload(new float[] {1 + e * 0x1p-7f}, 1)), type))
                .toList();
    }

    /** One forward and backward pass; all gradients start empty. */
    void run() {
        try (NDManager step = engine.scope()) {
            Ops recording = engine.recording(step);
            NDArray input = recording.autograd().leaf(x);
            NDArray y = block(recording, input, decision(recording, input).gates());
            recording.autograd().backward(List.of(y), List.of(slope));
        }
    }

    /** Mean number of selected true experts of a token. */
    double load() {
        try (NDManager step = engine.scope()) {
            float[] load = ops.floats(decision(engine.ops(step), x).load());
            return IntStream.range(0, load.length)
                    .mapToDouble(t -> load[t])
                    .average()
                    .orElse(0);
        }
    }

    private RouterDecision decision(Ops with, NDArray input) {
        Router rule = Graft.topK(shape.topK());
        NDArray logits = with.experts().routerLogits(input, gate, gate2, shape.nulls(), null, null, null);
        return with.mixtures().mix(logits, 1, shape.nulls() == 0 ? rule : rule.nullExperts(shape.nulls()));
    }

    private NDArray block(Ops with, NDArray input, Gates gates) {
        List<NDArray> leaves = factors.stream().map(with.autograd()::leaf).toList();
        NDArray y = with.experts()
                .dispatch(
                        input,
                        gates,
                        Activation.SILU,
                        experts,
                        lora(leaves.get(0), 0, leaves.get(1)),
                        lora(leaves.get(0), 1, leaves.get(2)),
                        lora(leaves.get(3), 0, leaves.get(4)),
                        rows);
        if (shape.beside() == 0) {
            return y;
        }
        LoraHidden h = with.mixtures().loraHidden(input, leaves.get(5), gates, 1, 2, Merge.OUTPUTS, Dropout.NONE, rows);
        return with.experts().plus(y, h, leaves.get(6));
    }

    private @Nullable ExpertLora lora(NDArray a, int site, NDArray b) {
        return shape.lora() == 0 ? null : new ExpertLora(a, site, b, 2, Dropout.NONE);
    }

    @Override
    public void close() {
        scope.close();
    }
}
