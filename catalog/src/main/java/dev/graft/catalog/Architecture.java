package dev.graft.catalog;

import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import dev.graft.dsl.Stack;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An architecture as data: tensor names by role, config keys, block features. Pre-norm layers of RMS norm, attention with
 * grouped heads and rotary or relative positions, and a gated FFN or a MoE block; perhaps an encoder before them.
 *
 * @param modelType as {@code config.json} says it
 * @param embedding tensor name of the token embedding [V, d]
 * @param finalNorm tensor name of the norm after the last layer [d]
 * @param head tensor name of the LM head [V, d]; absent from checkpoints that tie it to the embedding
 * @param layer prefix of a (decoder) layer's names, with {@code {layer}} for the index
 * @param crossAttention the attention to an encoder's final states; empty without an encoder
 * @param ffn the dense FFN; empty where every layer has a MoE block
 * @param moe the MoE block, if the architecture has one
 * @param encoder the stack before the decoder, if there is one
 * @param activations what Graft computes for each value of the config's activation; the first stands for a missing one
 * @param rotary whether positions are rotary
 * @param config config.json's key for each dimension
 * @param window the sliding window's keys, if the architecture has one
 * @param only config keys that may be missing but must otherwise have this value: what Graft computes
 * @param ignored endings of tensors that checkpoints may hold and that are computed instead
 */
public record Architecture(
        String modelType,
        String embedding,
        String finalNorm,
        String head,
        String layer,
        BlockNames attention,
        Optional<BlockNames> crossAttention,
        Optional<BlockNames> ffn,
        Optional<MoeNames> moe,
        Optional<EncoderNames> encoder,
        Map<String, Activation> activations,
        boolean rotary,
        ConfigKeys config,
        Optional<WindowKeys> window,
        Map<String, Object> only,
        List<String> ignored) {
    public Architecture {
        activations = Collections.unmodifiableMap(new LinkedHashMap<>(activations));
        only = Collections.unmodifiableMap(new TreeMap<>(only));
        ignored = List.copyOf(ignored);
    }

    /** Whether a stored tensor is not used: computed instead, or a head beside the embedding that it is tied to. */
    public boolean isSpare(String tensor, boolean tiedHead) {
        return (tiedHead && tensor.equals(head)) || ignored.stream().anyMatch(tensor::endsWith);
    }

    /** The prefix of a layer's names. */
    public String layerPrefix(Stack stack, int index) {
        String prefix =
                stack == Stack.ENCODER ? encoder.orElseThrow(this::noEncoder).layer() : layer;
        return prefix.replace("{layer}", Integer.toString(index));
    }

    /** The stacks, in the order in which they run. */
    public List<Stack> stacks() {
        return encoder.isPresent() ? List.of(Stack.ENCODER, Stack.DECODER) : List.of(Stack.DECODER);
    }

    /** The blocks that a stack's layers have, by kind, in the order of a layer. */
    public Map<BlockKind, BlockNames> blocks(Stack stack) {
        Map<BlockKind, BlockNames> blocks = new EnumMap<>(BlockKind.class);
        if (stack == Stack.ENCODER) {
            blocks.put(BlockKind.ATTENTION, encoder.orElseThrow(this::noEncoder).attention());
            blocks.put(BlockKind.FFN, encoder.orElseThrow(this::noEncoder).ffn());
        } else {
            blocks.put(BlockKind.ATTENTION, attention);
            crossAttention.ifPresent(names -> blocks.put(BlockKind.CROSS_ATTENTION, names));
            ffn.ifPresent(names -> blocks.put(BlockKind.FFN, names));
            moe.ifPresent(names -> blocks.put(BlockKind.MOE, names.block()));
        }
        return Collections.unmodifiableMap(blocks);
    }

    /** The names of a block that a stack has. */
    public BlockNames block(Stack stack, BlockKind kind) {
        BlockNames names = blocks(stack).get(kind);
        if (names == null) {
            throw new IllegalArgumentException(modelType + " has no " + kind.word());
        }
        return names;
    }

    /** The module that has this role in a layer: {@code model.layers.3.self_attn.q_proj}. */
    public String module(Stack stack, int index, BlockKind kind, Role role) {
        return layerPrefix(stack, index) + "." + block(stack, kind).module(role).orElseThrow();
    }

    private IllegalArgumentException noEncoder() {
        return new IllegalArgumentException(modelType + " has no encoder");
    }

    /** What a gated FFN computes between its projections. */
    public enum Activation {
        SILU,
        GELU_TANH
    }

    /**
     * The encoder's tensor names.
     *
     * @param layer prefix of a layer's names, with {@code {layer}} for the index
     * @param finalNorm tensor name of the norm after the last layer [d]
     * @param relativeBias tensor name, below the prefix of the first layer of either stack, of the table of relative
     *     positions [buckets, heads] that the stack's self-attentions share
     */
    public record EncoderNames(
            String layer,
            String finalNorm,
            BlockNames attention,
            BlockNames ffn,
            String relativeBias,
            EncoderKeys config) {}

    /**
     * config.json's keys of an encoder-decoder.
     *
     * @param layers of the encoder, and of the decoder where its own key is missing
     * @param buckets of relative positions; 32 where it is missing
     * @param maxDistance from which on all distances share a bucket; 128 where it is missing
     * @param start the token that decoder sequences begin with; 0 where it is missing
     */
    public record EncoderKeys(String layers, String buckets, String maxDistance, String start) {}

    /**
     * A block's tensor names below the layer's prefix.
     *
     * @param norm the RMS norm before the block
     * @param projections module names by role
     * @param biased roles that always have a bias
     * @param biasedWhen config key that, when true, gives every projection a bias
     * @param hidden the module whose output is the activated hidden state (role HIDDEN); it has no weight of its own
     * @param outputNorms RMS norms over the whole output of a projection, by its role (OLMoE's q_norm and k_norm)
     */
    public record BlockNames(
            String norm,
            Map<Role, String> projections,
            List<Role> biased,
            Optional<String> biasedWhen,
            Optional<String> hidden,
            Map<Role, String> outputNorms) {
        public BlockNames {
            projections = byRole(projections);
            biased = List.copyOf(biased);
            outputNorms = byRole(outputNorms);
        }

        /** The module with this role, if the block has it. */
        public Optional<String> module(Role role) {
            return role == Role.HIDDEN ? hidden : Optional.ofNullable(projections.get(role));
        }

        /** Every module that can be adapted, by role: the projections, and the activated hidden state. */
        public Map<Role, String> modules() {
            Map<Role, String> modules = new EnumMap<>(projections);
            hidden.ifPresent(name -> modules.put(Role.HIDDEN, name));
            return Collections.unmodifiableMap(modules);
        }
    }

    /**
     * A MoE block's tensor names below the layer's prefix: a router, gated experts, and perhaps a shared expert that every
     * token uses.
     *
     * @param norm the RMS norm before the block
     * @param module the block itself
     * @param router the router [n, d]; a widened one may have its null experts' rows beside it, as {@code <router>2}
     * @param projections an expert's module names by role, with {@code {e}} for its index
     */
    public record MoeNames(
            String norm,
            String module,
            String router,
            Map<Role, String> projections,
            Optional<SharedExpert> shared,
            MoeKeys config) {
        /** Stands for an expert's index. */
        public static final String EXPERT = "{e}";

        /** What a router's name is followed by in the name of its null experts' rows, where they stand apart. */
        public static final String NULLS = "2";

        public MoeNames {
            projections = byRole(projections);
        }

        /** The router's rows of null experts. */
        public String nullRouter() {
            return router + NULLS;
        }

        /** Every module of the block that can be adapted, by role. */
        BlockNames block() {
            Map<Role, String> modules = new EnumMap<>(projections);
            modules.put(Role.ROUTER, router);
            modules.put(Role.NULL_ROUTER, nullRouter());
            modules.put(Role.BESIDE, module + ".beside");
            return new BlockNames(norm, modules, List.of(), Optional.empty(), Optional.empty(), Map.of());
        }
    }

    /**
     * An expert that every token uses, scaled with the sigmoid of a gate of its own (Qwen2-MoE).
     *
     * @param projections module names by role
     * @param gate module of the gate [1, d]
     * @param size config key of its width
     */
    public record SharedExpert(Map<Role, String> projections, String gate, String size) {
        public SharedExpert {
            projections = byRole(projections);
        }
    }

    /**
     * config.json's keys of a MoE block.
     *
     * @param experts n
     * @param topK experts that a token uses
     * @param expertSize width of one expert
     * @param normalised whether the weights are divided by the sum over the selected; empty where the model has no choice
     * @param normalisedByDefault where the key is missing
     * @param balanceCoefficient coefficient of the model's own balance loss
     * @param defaultBalanceCoefficient where the key is missing
     * @param sparseStep every how many layers there is a MoE block
     * @param denseLayers layers that have an FFN all the same
     */
    public record MoeKeys(
            String experts,
            String topK,
            String expertSize,
            Optional<String> normalised,
            boolean normalisedByDefault,
            String balanceCoefficient,
            double defaultBalanceCoefficient,
            Optional<String> sparseStep,
            Optional<String> denseLayers) {}

    private static Map<Role, String> byRole(Map<Role, String> names) {
        Map<Role, String> sorted = new EnumMap<>(Role.class);
        sorted.putAll(names);
        return Collections.unmodifiableMap(sorted);
    }

    /** config.json's keys; {@code keyValueHeads} and {@code headDim} may be missing there; no positions: no limit. */
    public record ConfigKeys(
            String layers,
            String hiddenSize,
            String heads,
            String keyValueHeads,
            String headDim,
            String ffnSize,
            String vocabulary,
            String normEps,
            String activation,
            Optional<String> positions) {}

    /**
     * Sliding-window attention.
     *
     * @param size key of the window's width
     * @param enabledBy key that switches it on; without it, a width that is not null does
     * @param fullLayers key of the number of first layers that see everything all the same
     */
    public record WindowKeys(String size, Optional<String> enabledBy, Optional<String> fullLayers) {}
}
