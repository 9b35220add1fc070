package dev.graft.dsl;

import java.util.List;

/** Receiver of a layer block: the blocks of a transformer layer. */
public final class LayerSpec {
    private final Scope scope;
    private final LayerSelector layers;
    private final Stack stack;
    private final List<Sentence> sites;

    LayerSpec(Scope scope, LayerSelector layers, Stack stack, List<Sentence> sites) {
        this.scope = scope;
        this.layers = layers;
        this.stack = stack;
        this.sites = sites;
    }

    /** The self-attention: Q, K, V, O. */
    public LayerSpec attention(Block<? super SitesSpec> block) {
        return sites(BlockKind.ATTENTION, block);
    }

    /** The attention to the encoder's final states: Q and O of the decoder's tokens, K and V of the encoder's. */
    public LayerSpec crossAttention(Block<? super SitesSpec> block) {
        return sites(BlockKind.CROSS_ATTENTION, block);
    }

    /** The feed-forward network: GATE, UP, DOWN, HIDDEN. */
    public LayerSpec ffn(Block<? super SitesSpec> block) {
        return sites(BlockKind.FFN, block);
    }

    /** The MoE block: its router, its experts, and what stands beside it. */
    public LayerSpec moe(Block<? super MoeSpec> block) {
        scope.enter(BlockKind.MOE.word());
        scope.nest(BlockKind.MOE.word(), inner -> new MoeSpec(inner, layers, stack, sites), block);
        return this;
    }

    private LayerSpec sites(BlockKind kind, Block<? super SitesSpec> block) {
        scope.enter(kind.word());
        scope.nest(kind.word(), inner -> new SitesSpec(inner, layers, stack, kind, sites), block);
        return this;
    }
}
