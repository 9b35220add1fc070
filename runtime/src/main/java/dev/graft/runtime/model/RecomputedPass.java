package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.runtime.engine.Attention;
import dev.graft.runtime.engine.Autograd;
import dev.graft.runtime.engine.Gates;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.Rotary;
import dev.graft.runtime.engine.RouterDecision;
import dev.graft.runtime.engine.RouterStatistics;
import dev.graft.runtime.engine.TorchEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A model for one training pass that keeps no activations but each layer's input, and runs every layer again in the
 * backward pass. The gradients are those of the model itself. After the layers the pass has leaves in the place of the
 * last hidden state and of the routers' probabilities: send the loss back to them, then call {@link #backward}.
 */
public final class RecomputedPass implements LanguageModel {
    private final LanguageModel model;
    private final TorchEngine engine;
    private final int firstTrained;
    private final List<Start> starts = new ArrayList<>();
    private final List<NDArray> outputs = new ArrayList<>();
    private @Nullable Start encoderEnd;
    private @Nullable NDArray memorySlope;

    /**
     * What a stretch of the model starts from.
     *
     * @param hidden [T, d]
     */
    private record Start(Pass pass, NDArray hidden) {}

    /** @param firstTrained the lowest layer with trainable tensors, -1 if the embedding is one: nothing learns below it */
    public RecomputedPass(LanguageModel model, TorchEngine engine, int firstTrained) {
        this.model = model;
        this.engine = engine;
        this.firstTrained = firstTrained;
    }

    @Override
    public int layers() {
        return model.layers();
    }

    @Override
    public Attention attention() {
        return model.attention();
    }

    @Override
    public int encoderLayers() {
        return model.encoderLayers();
    }

    @Override
    public @Nullable Rotary rotary() {
        return model.rotary();
    }

    @Override
    public NDArray embed(Pass pass) {
        return model.embed(pass);
    }

    @Override
    public NDArray encoderNorm(Pass pass, NDArray hidden) {
        encoderEnd = new Start(pass, hidden);
        return model.encoderNorm(pass, hidden);
    }

    @Override
    public NDArray finalNorm(Pass pass, NDArray hidden) {
        return model.finalNorm(pass, hidden);
    }

    @Override
    public NDArray head() {
        return model.head();
    }

    @Override
    public NDArray layer(Pass pass, int layer, NDArray hidden) {
        starts.add(new Start(pass, hidden));
        try (NDManager temporary = engine.scope()) {
            Pass apart = pass.apart(engine.ops(temporary));
            NDArray output = model.layer(apart, layer, hidden);
            output.attach(pass.ops().scope());
            apart.routing().entries().forEach(entry -> pass.routing().add(cutOff(pass, entry)));
            if (layer < model.layers() - 1) {
                return output;
            }
            outputs.add(pass.ops().autograd().leaf(output));
            return outputs.get(0);
        }
    }

    /** The entry with its probabilities as a leaf, in the pass's own scope. */
    private static Routing.Entry cutOff(Pass pass, Routing.Entry entry) {
        RouterDecision decision = entry.decision();
        Gates gates = decision.gates();
        RouterStatistics statistics = decision.statistics();
        NDManager scope = pass.ops().scope();
        gates.weights().attach(scope);
        decision.load().attach(scope);
        statistics.selected().attach(scope);
        statistics.entropy().attach(scope);
        NDArray share = gates.share();
        if (share != null) {
            share.attach(scope);
        }
        RouterStatistics leaf = new RouterStatistics(
                statistics.selected(),
                pass.ops().autograd().leaf(statistics.probabilities()),
                statistics.entropy(),
                statistics.rows(),
                statistics.sites(),
                statistics.nulls());
        return new Routing.Entry(
                entry.side(),
                entry.layer(),
                entry.group(),
                entry.router(),
                new RouterDecision(new Gates(gates.weights(), share), decision.load(), leaf, null));
    }

    /** Sends what the loss left in the last hidden state and the probabilities through the layers, the last one first. */
    public void backward(Pass pass) {
        Autograd autograd = pass.ops().autograd();
        NDArray slope = autograd.gradient(outputs.get(0)); // [T, d]
        for (int layer = model.layers() - 1; layer >= Math.max(0, firstTrained); layer--) {
            if (layer == model.encoderLayers() - 1) {
                slope.close();
                slope = throughEncoderNorm(pass.ops());
            }
            NDArray below = backward(pass, layer, slope);
            slope.close();
            slope = below;
            if (firstTrained < 0 && (layer == 0 || layer == model.encoderLayers())) {
                throughEmbedding(starts.get(layer), slope);
            }
        }
    }

    private NDArray backward(Pass whole, int layer, NDArray slope) {
        Start start = starts.get(layer);
        int encoders = model.encoderLayers();
        boolean reads = encoders > 0 && layer >= encoders && firstTrained < encoders;
        try (NDManager temporary = engine.scope()) {
            Pass apart = start.pass().apart(engine.recording(temporary));
            Autograd autograd = apart.ops().autograd();
            NDArray input = autograd.leaf(start.hidden());
            if (reads) {
                apart = apart.reading(autograd.leaf(start.pass().memory()));
            }
            List<NDArray> ends = new ArrayList<>(List.of(model.layer(apart, layer, input)));
            List<NDArray> slopes = new ArrayList<>(List.of(slope));
            List<Routing.Entry> before = whole.routing().entries().stream()
                    .filter(entry -> entry.layer() == layer)
                    .toList();
            for (int i = 0; i < before.size(); i++) {
                if (before.get(i).router().balance().isPresent()) {
                    ends.add(apart.routing()
                            .entries()
                            .get(i)
                            .decision()
                            .statistics()
                            .probabilities());
                    slopes.add(autograd.gradient(
                            before.get(i).decision().statistics().probabilities()));
                }
            }
            autograd.backward(ends, slopes);
            if (reads) {
                collect(whole.ops(), autograd.gradient(apart.memory()));
            }
            return kept(whole.ops(), autograd.gradient(input));
        }
    }

    private void throughEmbedding(Start start, NDArray slope) {
        try (NDManager temporary = engine.scope()) {
            Pass apart = start.pass().apart(engine.recording(temporary));
            apart.ops().autograd().backward(List.of(model.embed(apart)), List.of(slope));
        }
    }

    /** Adds up what the decoder's layers say about the encoder's final states. */
    private void collect(Ops ops, NDArray slope) {
        NDArray sum = memorySlope;
        if (sum == null) {
            memorySlope = kept(ops, slope);
        } else {
            memorySlope = ops.add(sum, slope);
            sum.close();
        }
    }

    private NDArray throughEncoderNorm(Ops ops) {
        Start end = Objects.requireNonNull(encoderEnd);
        NDArray slope = Objects.requireNonNull(memorySlope);
        try (NDManager temporary = engine.scope()) {
            Pass apart = end.pass().apart(engine.recording(temporary));
            Autograd autograd = apart.ops().autograd();
            NDArray input = autograd.leaf(end.hidden());
            autograd.backward(List.of(model.encoderNorm(apart, input)), List.of(slope));
            return kept(ops, autograd.gradient(input));
        }
    }

    /** The tensor in the pass's own scope. */
    private static NDArray kept(Ops ops, NDArray tensor) {
        tensor.attach(ops.scope());
        return tensor;
    }
}
