package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Merge;
import dev.graft.dsl.Router;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.engine.Angles;
import dev.graft.runtime.engine.Attention;
import dev.graft.runtime.engine.Dropout;
import dev.graft.runtime.engine.Gates;
import dev.graft.runtime.engine.KvCache;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.Rows;
import dev.graft.runtime.engine.Segment;
import dev.graft.runtime.random.RandomKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One forward pass: the operators, the tokens and how they are laid out, and what the pass leaves behind.
 *
 * @param ops whose scope owns every tensor of the pass
 * @param ids token ids int64 [T]
 * @param rows the sequences that the tokens form
 * @param angles of the rotary embedding, for all layers
 * @param routing what the routers decide, filled layer by layer
 * @param cache keys and values in generation; null in training
 * @param masks key of the step's dropout masks; null where nothing is dropped
 * @param supervised the tokens with loss; null where none is computed
 */
public record Pass(
        Ops ops,
        NDArray ids,
        Rows rows,
        Angles angles,
        Routing routing,
        @Nullable KvCache cache,
        @Nullable RandomKey masks,
        @Nullable Supervised supervised) {

    /** A pass over these tokens, without cache and dropout. */
    public static Pass of(CausalModel model, Ops ops, NDArray ids, Rows rows) {
        return new Pass(ops, ids, rows, ops.angles(model.rotary(), rows), new Routing(), null, null, null);
    }

    /**
     * A pass over whole examples, one after the other, that knows which of their tokens carry loss.
     *
     * @param first number of the first example, which its dropout masks follow; the others count on from there
     */
    public static Pass over(CausalModel model, Ops ops, List<Example> examples, long first) {
        List<Segment> segments = new ArrayList<>();
        for (Example example : examples) {
            segments.add(
                    Segment.of(example.length()).prompt(example.promptLength()).example(first + segments.size()));
        }
        long[] ids = examples.stream()
                .flatMapToInt(example -> Arrays.stream(example.ids()))
                .asLongStream()
                .toArray();
        Pass pass = of(model, ops, ops.upload(ids), Rows.of(ops, segments));
        return new Pass(ops, pass.ids, pass.rows, pass.angles, pass.routing, null, null, Supervised.of(ops, examples));
    }

    /** The same with a cache, in generation. */
    public Pass with(KvCache filled) {
        return new Pass(ops, ids, rows, angles, routing, filled, masks, supervised);
    }

    /** The same with dropout, in training. */
    public Pass with(RandomKey maskKey) {
        return new Pass(ops, ids, rows, angles, routing, cache, maskKey, supervised);
    }

    /** The same with other operators, for one layer on its own: its routers' decisions are kept apart. */
    Pass apart(Ops others) {
        return new Pass(others, ids, rows, angles, new Routing(), cache, masks, supervised);
    }

    /** Attention of a layer over q [T, heads·headDim] and k, v [T, kvHeads·headDim]. */
    public NDArray attention(int layer, NDArray q, NDArray k, NDArray v, Attention shape) {
        return ops.attention(q, k, v, shape, angles, rows, cacheOf(layer));
    }

    /**
     * Asks the routers of a group of sites, which share x.
     *
     * @param x [T, d]
     * @param router the sites' rows, stacked: [sites·(n+m), d]
     * @return gates [T, sites, n]; also left in {@link #routing}
     */
    public Gates route(int layer, String group, NDArray x, NDArray router, int sites, Router semantics) {
        Gates gates = ops.mixtures().route(x, router, sites, semantics, rows, cacheOf(layer));
        routing.add(new Routing.Entry(layer, group, semantics, gates));
        return gates;
    }

    /**
     * The stacked first products of a group's LoRA experts, gates and scale in them.
     *
     * @param x [T, d]
     * @param a [sites·n·r, d]
     * @return [T, sites·n·r]
     */
    public NDArray loraHidden(
            int layer, String group, NDArray x, NDArray a, Gates gates, Merge merge, Adapter.Lora lora) {
        return hidden(layer, group, x, a, gates, gates.statistics().sites(), merge, lora);
    }

    /** The same for plain LoRAs at this many sites, without a router. */
    public NDArray loraHidden(int layer, String group, NDArray x, NDArray a, int sites, Adapter.Lora lora) {
        return hidden(layer, group, x, a, null, sites, Merge.OUTPUTS, lora);
    }

    private NDArray hidden(
            int layer,
            String group,
            NDArray x,
            NDArray a,
            @Nullable Gates gates,
            int sites,
            Merge merge,
            Adapter.Lora lora) {
        return ops.mixtures()
                .loraHidden(x, a, gates, sites, lora.alpha() / lora.rank(), merge, dropout(layer, group, lora), rows);
    }

    private Dropout dropout(int layer, String group, Adapter.Lora lora) {
        RandomKey key = masks;
        return key == null || lora.dropout() == 0
                ? Dropout.NONE
                : new Dropout(lora.dropout(), key.with(layer).with(group.hashCode()));
    }

    private KvCache.@Nullable Layer cacheOf(int layer) {
        KvCache all = cache;
        return all == null ? null : all.layer(layer);
    }
}
