package dev.graft.cli.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Graft;
import dev.graft.dsl.Merge;
import dev.graft.dsl.Router;
import dev.graft.runtime.engine.Dropout;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.LoraHidden;
import dev.graft.runtime.engine.LoraMixture;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.Rows;
import dev.graft.runtime.engine.Segment;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.random.RandomKey;
import java.util.Arrays;
import java.util.List;

/**
 * A frozen linear map with an input of its own, to be run forward and backward with and without adapters beside it. All
 * adapters are away from their start, so that every gradient exists.
 */
final class LinearMap {
    private static final double DEVIATION = 0.02;
    private static final double ALPHA = 16;
    private static final Router SOFT = Graft.soft();

    private final TorchEngine engine;
    private final int rank;
    private final Rows rows;
    private final NDArray x;
    private final NDArray weight;
    private final NDArray nothing;
    private final NDArray slope;
    private final List<NDArray> lora;
    private final List<NDArray> experts;

    /** What is run. */
    enum Form {
        /** The map alone. */
        BASE,
        /** The map with one LoRA. */
        LORA,
        /** The map with a soft mixture of LoRAs. */
        MOLORA,
        /** One LoRA without the map. */
        LORA_ALONE,
        /** A soft mixture of LoRAs without the map. */
        MOLORA_ALONE
    }

    /** @param ops whose scope owns weights and input */
    LinearMap(TorchEngine engine, Ops ops, ElementType type, int tokens, int in, int out, int experts, int rank) {
        this.engine = engine;
        this.rank = rank;
        this.rows = Rows.of(ops, List.of(Segment.of(tokens)));
        this.x = ops.cast(ops.normal(key(in, out, 0), 1, tokens, in), type);
        this.weight = ops.cast(ops.normal(key(in, out, 1), DEVIATION, out, in), type);
        this.nothing = ops.zeros(type, tokens, out);
        float[] ones = new float[tokens * out];
        Arrays.fill(ones, 1);
        this.slope = ops.cast(ops.upload(ones, tokens, out), type);
        this.lora = factors(ops, in, out, rank, 0);
        this.experts = factors(ops, in, out, experts * rank, experts);
    }

    /** Both factors, with rows of a router below the first. */
    private static List<NDArray> factors(Ops ops, int in, int out, int height, int routerRows) {
        return List.of(
                ops.normal(key(in, out, 2), DEVIATION, height + routerRows, in),
                ops.normal(key(in, out, 3), DEVIATION, height, out));
    }

    private static RandomKey key(int in, int out, int which) {
        return RandomKey.of(in).with(out).with(which);
    }

    /** One forward and backward pass, with the gradients of the input and of the adapters. */
    void run(Form form) {
        try (NDManager step = engine.scope()) {
            Ops ops = engine.recording(step);
            NDArray input = ops.autograd().leaf(x);
            NDArray y = switch (form) {
                case BASE -> ops.linear(input, weight, null);
                case LORA, LORA_ALONE -> one(ops, input, form == Form.LORA);
                case MOLORA, MOLORA_ALONE -> mixture(ops, input, form == Form.MOLORA);
            };
            ops.autograd().backward(List.of(y), List.of(slope));
        }
    }

    private NDArray one(Ops ops, NDArray input, boolean withMap) {
        LoraHidden h = ops.mixtures()
                .loraHidden(input, leaf(ops, lora.get(0)), null, 1, ALPHA / rank, Merge.OUTPUTS, Dropout.NONE, rows);
        return end(ops, input, h, leaf(ops, lora.get(1)), withMap);
    }

    private NDArray mixture(Ops ops, NDArray input, boolean withMap) {
        Adapter.Lora lora = new Adapter.Lora(rank, ALPHA, Adapter.Lora.Init.NORMAL, 0);
        LoraMixture mixture =
                ops.mixtures().loraMixture(input, leaf(ops, experts.get(0)), 1, SOFT, lora, Dropout.NONE, rows);
        return end(ops, input, mixture.hidden(), leaf(ops, experts.get(1)), withMap);
    }

    private NDArray end(Ops ops, NDArray input, LoraHidden h, NDArray b, boolean withMap) {
        return withMap
                ? ops.adaptedLinear(input, weight, null, h, 0, b)
                : ops.experts().plus(nothing, h, b);
    }

    private static NDArray leaf(Ops ops, NDArray values) {
        return ops.autograd().leaf(values);
    }
}
