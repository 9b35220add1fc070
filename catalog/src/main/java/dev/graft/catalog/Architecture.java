package dev.graft.catalog;

import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
        Optional<WindowKeys> window) {

    /** The prefix of layer {@code index}'s names. */
    public String layerPrefix(int index) {
        return layer.replace("{layer}", Integer.toString(index));
    }

    /** The names of a block. */
    public BlockNames block(BlockKind kind) {
        return switch (kind) {
            case ATTENTION -> attention;
            case FFN -> ffn;
            case CROSS_ATTENTION, MOE -> throw new IllegalArgumentException(modelType + " has no " + kind.word());
        };
    }

    /** The module that has this role in layer {@code index}: {@code model.layers.3.self_attn.q_proj}. */
    public String module(int index, BlockKind kind, Role role) {
        return layerPrefix(index) + "." + block(kind).projections().get(role);
    }

    /**
     * A block's tensor names below the layer's prefix.
     *
     * @param norm the RMS norm before the block
     * @param projections module names by role
     * @param biased roles that always have a bias
     * @param biasedWhen config key that, when true, gives every projection a bias
     */
    public record BlockNames(
            String norm, Map<Role, String> projections, List<Role> biased, Optional<String> biasedWhen) {
        public BlockNames {
            projections = Map.copyOf(projections);
            biased = List.copyOf(biased);
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
     */
    public record WindowKeys(String size, Optional<String> enabledBy) {}
}
