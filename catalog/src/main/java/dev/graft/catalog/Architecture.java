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
 * rotary attention with grouped heads, and a gated FFN.
 *
 * @param modelType as {@code config.json} says it
 * @param embedding tensor name of the token embedding [V, d]
 * @param finalNorm tensor name of the norm after the last layer [d]
 * @param head tensor name of the LM head [V, d]; absent from checkpoints that tie it to the embedding
 * @param layer prefix of a layer's names, with {@code {layer}} for the index
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
        BlockNames ffn,
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

    /** The blocks of a layer, by kind, in the order of the layer. */
    public Map<BlockKind, BlockNames> blocks() {
        Map<BlockKind, BlockNames> blocks = new EnumMap<>(BlockKind.class);
        blocks.put(BlockKind.ATTENTION, attention);
        blocks.put(BlockKind.FFN, ffn);
        return Collections.unmodifiableMap(blocks);
    }

    /** The names of a block that the architecture has. */
    public BlockNames block(BlockKind kind) {
        return switch (kind) {
            case ATTENTION -> attention;
            case FFN -> ffn;
            case CROSS_ATTENTION, MOE -> throw new IllegalArgumentException(modelType + " has no " + kind.word());
        };
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
     */
    public record BlockNames(
            String norm,
            Map<Role, String> projections,
            List<Role> biased,
            Optional<String> biasedWhen,
            Optional<String> hidden) {
        public BlockNames {
            projections = Collections.unmodifiableMap(new EnumMap<>(projections));
            biased = List.copyOf(biased);
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
