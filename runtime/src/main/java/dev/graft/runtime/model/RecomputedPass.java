package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.runtime.engine.Attention;
import dev.graft.runtime.engine.Autograd;
import dev.graft.runtime.engine.Gates;
import dev.graft.runtime.engine.Rotary;
import dev.graft.runtime.engine.RouterStatistics;
import dev.graft.runtime.engine.TorchEngine;
import java.util.ArrayList;
import java.util.List;

/**
 * A model for one training pass that keeps no activations but each layer's input, and runs every layer again in the
 * backward pass. The gradients are those of the model itself. After the layers the pass has leaves in the place of the
 * last hidden state and of the routers' probabilities: send the loss back to them, then call {@link #backward}.
 */
public final class RecomputedPass implements CausalModel {
    private final CausalModel model;
    private final TorchEngine engine;
    private final int firstTrained;
    private final List<NDArray> inputs = new ArrayList<>();
    private final List<NDArray> outputs = new ArrayList<>();

    /** @param firstTrained the lowest layer with trainable tensors: nothing learns below it */
    public RecomputedPass(CausalModel model, TorchEngine engine, int firstTrained) {
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
    public Rotary rotary() {
        return model.rotary();
    }

    @Override
    public NDArray embed(Pass pass) {
        return model.embed(pass);
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
        inputs.add(hidden);
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
        Gates gates = entry.gates();
        RouterStatistics statistics = gates.statistics();
        NDManager scope = pass.ops().scope();
        gates.weights().attach(scope);
        gates.load().attach(scope);
        statistics.selected().attach(scope);
        NDArray share = gates.share();
        if (share != null) {
            share.attach(scope);
        }
        RouterStatistics leaf = new RouterStatistics(
                statistics.selected(),
                pass.ops().autograd().leaf(statistics.probabilities()),
                statistics.rows(),
                statistics.sites(),
                statistics.nulls());
        return new Routing.Entry(
                entry.layer(),
                entry.group(),
                entry.router(),
                new Gates(gates.weights(), share, gates.load(), leaf, null));
    }

    /** Sends what the loss left in the last hidden state and the probabilities through the layers, the last one first. */
    public void backward(Pass pass) {
        Autograd autograd = pass.ops().autograd();
        NDArray slope = autograd.gradient(outputs.get(0)); // [T, d]
        for (int layer = model.layers() - 1; layer >= firstTrained; layer--) {
            NDArray below = backward(pass, layer, slope);
            slope.close();
            slope = below;
        }
    }

    private NDArray backward(Pass pass, int layer, NDArray slope) {
        try (NDManager temporary = engine.scope()) {
            Pass apart = pass.apart(engine.recording(temporary));
            Autograd autograd = apart.ops().autograd();
            NDArray input = autograd.leaf(inputs.get(layer));
            List<NDArray> ends = new ArrayList<>(List.of(model.layer(apart, layer, input)));
            List<NDArray> slopes = new ArrayList<>(List.of(slope));
            List<Routing.Entry> before = pass.routing().entries().stream()
                    .filter(entry -> entry.layer() == layer)
                    .toList();
            for (int i = 0; i < before.size(); i++) {
                if (before.get(i).router().balance().isPresent()) {
                    ends.add(apart.routing()
                            .entries()
                            .get(i)
                            .gates()
                            .statistics()
                            .probabilities());
                    slopes.add(
                            autograd.gradient(before.get(i).gates().statistics().probabilities()));
                }
            }
            autograd.backward(ends, slopes);
            NDArray below = autograd.gradient(input);
            below.attach(pass.ops().scope());
            return below;
        }
    }
}
