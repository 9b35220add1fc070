package dev.graft.catalog;

import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A decoder-only architecture as data: tensor names by role, config keys, block features. Pre-norm layers of RMS norm,
 * rotary attention with grouped heads, and a gated FFN or a MoE block.
 *
 * @param modelType as {@code config.json} says it
 * @param embedding tensor name of the token embedding [V, d]
 * @param finalNorm tensor name of the norm after the last layer [d]
 * @param head tensor name of the LM head [V, d]; absent from checkpoints that tie it to the embedding
 * @param layer prefix of a layer's names, with {@code {layer}} for the index
 * @param ffn the dense FFN; empty where every layer has a MoE block
 * @param moe the MoE block, if the architecture has one
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
        Optional<BlockNames> ffn,
        Optional<MoeNames> moe,
        ConfigKeys config,
        Optional<WindowKeys> window,
        Map<String, Object> only,
        List<String> ignored) {
    public Architecture {
        only = Collections.unmodifiableMap(new TreeMap<>(only));
        ignored = List.copyOf(ignored);
    }

    /** Whether a stored tensor is not used: computed instead, or a head beside the embedding that it is tied to. */
    public boolean isSpare(String tensor, boolean tiedHead) {
        return (tiedHead && tensor.equals(head)) || ignored.stream().anyMatch(tensor::endsWith);
    }

    /** The prefix of layer {@code index}'s names. */
    public String layerPrefix(int index) {
        return layer.replace("{layer}", Integer.toString(index));
    }

    /** The blocks that layers have, by kind, in the order of a layer. */
    public Map<BlockKind, BlockNames> blocks() {
        Map<BlockKind, BlockNames> blocks = new EnumMap<>(BlockKind.class);
        blocks.put(BlockKind.ATTENTION, attention);
        ffn.ifPresent(names -> blocks.put(BlockKind.FFN, names));
        moe.ifPresent(names -> blocks.put(BlockKind.MOE, names.block()));
        return Collections.unmodifiableMap(blocks);
    }

    /** The names of a block that the architecture has. */
    public BlockNames block(BlockKind kind) {
        BlockNames names = blocks().get(kind);
        if (names == null) {
            throw new IllegalArgumentException(modelType + " has no " + kind.word());
        }
        return names;
    }

    /** The module that has this role in layer {@code index}: {@code model.layers.3.self_attn.q_proj}. */
    public String module(int index, BlockKind kind, Role role) {
        return layerPrefix(index) + "." + block(kind).module(role).orElseThrow();
    }

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

        public MoeNames {
            projections = byRole(projections);
        }

        /** The router's rows of null experts. */
        public String nullRouter() {
            return router + "2";
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

    /** config.json's keys; {@code keyValueHeads} and {@code headDim} may be missing there. */
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
            String positions) {}

    /**
     * Sliding-window attention.
     *
     * @param size key of the window's width
     * @param enabledBy key that switches it on; without it, a width that is not null does
     * @param fullLayers key of the number of first layers that see everything all the same
     */
    public record WindowKeys(String size, Optional<String> enabledBy, Optional<String> fullLayers) {}
}
