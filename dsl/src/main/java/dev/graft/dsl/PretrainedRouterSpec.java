package dev.graft.dsl;

import dev.graft.issue.CallSite;
import java.util.List;
import java.util.Optional;

/**
 * Receiver of {@link MoeSpec#router}: what the pretrained router of a MoE block decides from now on. What is not said stays
 * as pretrained: experts selected, normalisation; without {@link #lora} its rows stay frozen, without {@link #balance} it
 * has no balance loss.
 */
public final class PretrainedRouterSpec implements Sentence {
    private final Scope scope;
    private final LayerSelector layers;
    private final Stack stack;
    private final CallSite at;
    private Adapter adapter = new Adapter.Unchanged();
    private Router router = Router.of(new Selection.Pretrained())
            .normalise(Normalisation.AS_PRETRAINED)
            .init(RouterInit.TILED);

    PretrainedRouterSpec(Scope scope, LayerSelector layers, Stack stack, CallSite at) {
        this.scope = scope;
        this.layers = layers;
        this.stack = stack;
        this.at = at;
    }

    /**
     * m null experts that map to zero (AdaMoE): {@code gate2}, the pretrained rows tiled m/n times; the weights are
     * normalised over the selected true experts.
     */
    public PretrainedRouterSpec nullExperts(int m) {
        scope.enter("nullExperts");
        router = router.nullExperts(m);
        return this;
    }

    /** m null experts that pass x on, weighted with their own probabilities. */
    public PretrainedRouterSpec identityNulls(int m) {
        scope.enter("identityNulls");
        router = router.identityNulls(m);
        return this;
    }

    /** How the null experts' rows start: TILED by default, FIRST_ROWS, or NORMAL. */
    public PretrainedRouterSpec nullRows(RouterInit value) {
        scope.enter("nullRows");
        router = router.init(value);
        return this;
    }

    /** Experts selected for a token, null ones included. */
    public PretrainedRouterSpec topK(int k) {
        scope.enter("topK");
        router = router.select(new Selection.TopK(k));
        return this;
    }

    /** What the weights of the selected are divided by; say it after the null experts. */
    public PretrainedRouterSpec normalise(Normalisation value) {
        scope.enter("normalise");
        router = router.normalise(value);
        return this;
    }

    /** A LoRA of this rank on the router and on its null experts' rows, alpha twice the rank. */
    public PretrainedRouterSpec lora(int rank) {
        return lora(rank, Block.defaults());
    }

    /** A LoRA of this rank on the router and on its null experts' rows. */
    public PretrainedRouterSpec lora(int rank, Block<? super LoraSpec> options) {
        scope.enter("lora");
        scope.nest("lora", inner -> new LoraSpec(inner, rank), (LoraSpec lora) -> {
            options.accept(lora);
            adapter = lora.freeze();
        });
        return this;
    }

    /** A balance loss of its own in place of the pretraining's. */
    public PretrainedRouterSpec balance(Schedule coefficient) {
        return balance(Balance.of(coefficient));
    }

    /** A balance loss of its own in place of the pretraining's. */
    public PretrainedRouterSpec balance(Balance value) {
        scope.enter("balance");
        router = router.balance(value);
        return this;
    }

    /** Keeps the balance loss that the model was pretrained with. */
    public PretrainedRouterSpec keepBalance() {
        scope.enter("keepBalance");
        router = router.balance(Graft.pretrainedCoefficient());
        return this;
    }

    @Override
    public Injection freeze() {
        return new Injection(
                layers, stack, BlockKind.MOE, List.of(Role.ROUTER), new Experts(1, adapter), Optional.of(router), at);
    }
}
