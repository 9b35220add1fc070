package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.Merge;
import dev.graft.dsl.Router;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.engine.Attention;
import dev.graft.runtime.engine.Dropout;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.ExpertLora;
import dev.graft.runtime.engine.Gates;
import dev.graft.runtime.engine.KeysValues;
import dev.graft.runtime.engine.KvCache;
import dev.graft.runtime.engine.LoraHidden;
import dev.graft.runtime.engine.LoraMixture;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.PositionBias;
import dev.graft.runtime.engine.RelativeBias;
import dev.graft.runtime.engine.Rotary;
import dev.graft.runtime.engine.RouterDecision;
import dev.graft.runtime.engine.Rows;
import dev.graft.runtime.engine.Segment;
import dev.graft.runtime.random.RandomKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * One forward pass: the operators, the tokens and how they are laid out, and what the pass leaves behind.
 *
 * @param ops whose scope owns every tensor of the pass
 * @param tokens of the stack that the pass goes through
 * @param routing what the routers decide, filled layer by layer; nothing of layers with a cache
 * @param biases of relative positions by their table, each made for the first layer that asks
 * @param cache keys and values in generation; null in training
 * @param masks key of the step's dropout masks; null where nothing is dropped
 * @param supervised the tokens with loss; null where none is computed
 * @param source what the encoder reads; null without one, and in generation once it was read
 */
public record Pass(
        Ops ops,
        Tokens tokens,
        Routing routing,
        Map<NDArray, PositionBias> biases,
        @Nullable KvCache cache,
        @Nullable RandomKey masks,
        @Nullable Supervised supervised,
        @Nullable Source source) {

    /** A pass over these tokens, without cache and dropout. */
    public static Pass of(LanguageModel model, Ops ops, NDArray ids, Rows rows) {
        Rotary rotary = model.rotary();
        Tokens tokens = new Tokens(Side.DECODER, ids, rows, rotary == null ? null : ops.angles(rotary, rows));
        return new Pass(ops, tokens, new Routing(), new IdentityHashMap<>(), null, null, null, null);
    }

    /** A pass over whole examples, one after the other, without dropout, that knows which of their tokens carry loss. */
    public static Pass over(LanguageModel model, Ops ops, List<Example> examples) {
        return over(
                model,
                ops,
                examples,
                LongStream.range(0, examples.size()).boxed().toList());
    }

    /**
     * The same in a step of training.
     *
     * @param numbers of the examples, which their dropout masks follow
     */
    public static Pass over(LanguageModel model, Ops ops, List<Example> examples, List<Long> numbers) {
        List<Segment> segments = new ArrayList<>();
        List<Segment> sources = new ArrayList<>();
        for (Example example : examples) {
            long number = numbers.get(segments.size());
            segments.add(
                    Segment.of(example.read()).prompt(example.promptLength()).example(number));
            sources.add(Segment.of(example.source().length).example(number));
        }
        NDArray ids = upload(ops, examples, example -> Arrays.stream(example.ids(), 0, example.read()));
        Pass pass = of(model, ops, ids, Rows.of(ops, segments)).with(Supervised.of(ops, examples));
        return model.encoderLayers() == 0
                ? pass
                : pass.from(upload(ops, examples, example -> Arrays.stream(example.source())), Rows.of(ops, sources));
    }

    private static NDArray upload(Ops ops, List<Example> examples, Function<Example, IntStream> ids) {
        return ops.upload(examples.stream().flatMapToInt(ids).asLongStream().toArray());
    }

    /** The same behind an encoder that reads these tokens, of the same sequences in the same order. */
    public Pass from(NDArray sourceIds, Rows sourceRows) {
        Tokens read = new Tokens(Side.ENCODER, sourceIds, sourceRows, null);
        return new Pass(ops, tokens, routing, biases, cache, masks, supervised, new Source(read, null));
    }

    /** The encoder's part of the pass. */
    public Pass encoding() {
        return new Pass(ops, requireSource().tokens(), routing, biases, null, masks, null, null);
    }

    /** The same where the encoder has run and left its final states [M, d]. */
    public Pass reading(NDArray states) {
        Source read = new Source(requireSource().tokens(), states);
        return new Pass(ops, tokens, routing, biases, cache, masks, supervised, read);
    }

    /** The encoder's final states [M, d]. */
    public NDArray memory() {
        NDArray states = requireSource().states();
        if (states == null) {
            throw new IllegalStateException("the encoder has not run yet");
        }
        return states;
    }

    private Source requireSource() {
        Source known = source;
        if (known == null) {
            throw new IllegalStateException("the pass has no tokens for an encoder");
        }
        return known;
    }

    /** Token ids int64 [T]. */
    public NDArray ids() {
        return tokens.ids();
    }

    /** The sequences that the tokens form. */
    public Rows rows() {
        return tokens.rows();
    }

    /** The same with a cache, in generation. */
    public Pass with(KvCache filled) {
        return new Pass(ops, tokens, routing, biases, filled, masks, supervised, source);
    }

    /** The same with dropout, in training. */
    public Pass with(RandomKey maskKey) {
        return new Pass(ops, tokens, routing, biases, cache, maskKey, supervised, source);
    }

    private Pass with(Supervised labelled) {
        return new Pass(ops, tokens, routing, biases, cache, masks, labelled, source);
    }

    /** The same with other operators, for one layer on its own: its routers' decisions are kept apart. */
    Pass apart(Ops others) {
        return new Pass(others, tokens, new Routing(), new IdentityHashMap<>(), cache, masks, supervised, source);
    }

    /** Attention of a layer over q [T, heads·headDim] and k, v [T, kvHeads·headDim], with the pass's angles if it has any. */
    public NDArray attention(int layer, NDArray q, NDArray k, NDArray v, Attention shape) {
        return ops.attention(q, k, v, shape, tokens.angles(), rows(), cacheOf(layer));
    }

    /** The same with a bias of relative positions, which all layers with the same table share. */
    public NDArray attention(int layer, NDArray q, NDArray k, NDArray v, Attention shape, RelativeBias bias) {
        PositionBias scores = biases.computeIfAbsent(bias.table(), table -> ops.positionBias(bias, shape, rows()));
        return ops.attention(q, k, v, shape, scores, rows(), cacheOf(layer));
    }

    /** What a layer's cross-attention reads of the encoder: made once for a sequence, and kept in its cache. */
    public KeysValues memory(int layer, Supplier<KeysValues> make) {
        KvCache.Layer own = cacheOf(layer);
        KeysValues known = own == null ? null : own.memory();
        if (known == null) {
            known = make.get();
            if (own != null) {
                own.keepMemory(known);
            }
        }
        return known;
    }

    /** Attention from q [T, heads·headDim] to the encoder's tokens. */
    public NDArray crossAttention(NDArray q, KeysValues memory, Attention shape) {
        return ops.crossAttention(q, memory, shape, rows());
    }

    /**
     * Asks the routers of a group of sites, which share x.
     *
     * @param x [T, d]
     * @param router the sites' rows, stacked: [sites·(n+m), d]
     * @return gates [T, sites, n]; also left in {@link #routing}
     */
    public Gates route(int layer, String group, NDArray x, NDArray router, int sites, Router semantics) {
        KvCache.Layer generating = cacheOf(layer);
        return generating == null
                ? decided(layer, group, semantics, ops.mixtures().route(x, router, sites, semantics, rows()))
                : ops.mixtures().gates(x, router, sites, semantics, rows(), generating);
    }

    private Gates decided(int layer, String group, Router semantics, RouterDecision decision) {
        routing.add(new Routing.Entry(tokens.side(), layer, group, semantics, decision));
        return decision.gates();
    }

    /**
     * Asks a router that reads each projected head (MoV's published code); it has no balance loss and no load to report.
     *
     * @param y [T, H·V]
     * @param router rows that all heads share: [n, V]
     * @return gates [T·H, 1, n]
     */
    public Gates routeHeads(NDArray y, NDArray router, Router semantics) {
        NDArray heads = ops.view(y, -1, router.getShape().get(1));
        return ops.mixtures().route(heads, router, 1, semantics, rows()).gates();
    }

    /** (IA)³ vectors [n, H·V] on y [T, H·V], weighed head by head. */
    public NDArray scaleHeads(NDArray y, Gates gates, NDArray vectors) {
        long width = vectors.getShape().get(1);
        long heads = gates.weights().getShape().get(0) / y.getShape().get(0);
        NDArray byHead = ops.view(vectors, vectors.getShape().get(0), heads, width / heads);
        return ops.mixtures().scaleHeads(y, gates, byHead);
    }

    /**
     * What the pretrained router of a MoE block decides.
     *
     * @param logits [T, 1, n+m]
     * @return gates [T, 1, n]; also left in {@link #routing}
     */
    public Gates pretrained(int layer, NDArray logits, Router semantics) {
        if (cache != null) {
            return ops.mixtures().gates(logits, semantics);
        }
        RouterDecision decision = ops.mixtures().mix(logits, 1, semantics);
        routing.addPretrained(tokens.side(), layer, semantics, decision);
        return decision.gates();
    }

    /**
     * Adapters that their own router selects and the pretrained one weighs (PERFT-R as published for OLMoE).
     *
     * @param host what the pretrained router decided
     * @param x [T, d]
     * @param router own rows [N, d]
     * @return gates [T, 1, N]; also left in {@link #routing}
     */
    public Gates routeScaledBy(Gates host, int layer, String group, NDArray x, NDArray router, Router semantics) {
        NDArray logits = ops.linear(ops.cast(x, ElementType.FP32), router, null); // [T, N]
        NDArray own = ops.view(logits, x.getShape().get(0), 1, -1);
        return cache == null
                ? decided(layer, group, semantics, ops.experts().hostScaled(own, host, semantics))
                : ops.experts().hostScaledGates(own, host, semantics);
    }

    /**
     * LoRA of one projection in all pretrained experts of a block.
     *
     * @param a the group's stacked first factors [sites·n·r, in]
     * @param site which of the group's sites the projection is
     * @param b [n·r, out]
     */
    public ExpertLora expertLora(int layer, String group, NDArray a, int site, NDArray b, Adapter.Lora lora) {
        return new ExpertLora(a, site, b, lora.scale(), dropout(layer, group, lora.dropout()));
    }

    /**
     * The hidden state of N parallel adapters beside a MoE block, gates in it.
     *
     * @param x [T, d]
     * @param w1 [N·r, d]
     * @param gates [T, 1, N]; null where every adapter counts fully
     * @return [T, N·r]
     */
    public NDArray parallelHidden(
            int layer, String group, NDArray x, NDArray w1, @Nullable Gates gates, Adapter.Parallel adapter) {
        return ops.experts().parallelHidden(x, w1, gates, dropout(layer, group, adapter.dropout()), rows());
    }

    /**
     * Asks the routers of a group of sites and forms the hidden state of its LoRA experts, which all read x.
     *
     * @param x [T, d]
     * @param a the sites' stacked first factors, and below them their routers' rows: [sites·n·r + sites·(n+m), d]
     * @return [T, sites·n·r]; what was decided is left in {@link #routing}
     */
    public LoraHidden loraHidden(
            int layer, String group, NDArray x, NDArray a, int sites, Router semantics, Adapter.Lora lora) {
        if (cache != null) {
            return ops.mixtures().loraHidden(x, a, sites, semantics, lora, rows());
        }
        Dropout dropout = dropout(layer, group, lora.dropout());
        LoraMixture mixture = ops.mixtures().loraMixture(x, a, sites, semantics, lora, dropout, rows());
        decided(layer, group, semantics, mixture.decision());
        return mixture.hidden();
    }

    /**
     * The hidden state of a group's LoRA experts with gates from elsewhere.
     *
     * @param x [T, d]
     * @param a [sites·n·r, d]
     * @return [T, sites·n·r]
     */
    public LoraHidden loraHidden(
            int layer, String group, NDArray x, NDArray a, Gates gates, Merge merge, Adapter.Lora lora) {
        return hidden(
                layer,
                group,
                x,
                a,
                gates,
                Math.toIntExact(gates.weights().getShape().get(1)),
                merge,
                lora);
    }

    /** The same for plain LoRAs at this many sites, without a router. */
    public LoraHidden loraHidden(int layer, String group, NDArray x, NDArray a, int sites, Adapter.Lora lora) {
        return hidden(layer, group, x, a, null, sites, Merge.OUTPUTS, lora);
    }

    private LoraHidden hidden(
            int layer,
            String group,
            NDArray x,
            NDArray a,
            @Nullable Gates gates,
            int sites,
            Merge merge,
            Adapter.Lora lora) {
        return ops.mixtures()
                .loraHidden(x, a, gates, sites, lora.scale(), merge, dropout(layer, group, lora.dropout()), rows());
    }

    private Dropout dropout(int layer, String group, double rate) {
        RandomKey key = masks;
        return key == null || rate == 0
                ? Dropout.NONE
                : new Dropout(rate, key.with(layer).with(group.hashCode()));
    }

    private KvCache.@Nullable Layer cacheOf(int layer) {
        KvCache all = cache;
        return all == null ? null : all.layer(layer);
    }
}
