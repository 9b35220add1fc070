package dev.graft.dsl;

/** Options of a LoRA. */
public final class LoraSpec {
    private final Scope scope;
    private final int rank;
    private double alpha;
    private double dropout;
    private Adapter.Lora.Init init = Adapter.Lora.Init.KAIMING_UNIFORM;

    LoraSpec(Scope scope, int rank) {
        this.scope = scope;
        this.rank = rank;
        this.alpha = 2.0 * rank;
    }

    /** Numerator of the scale alpha/rank. */
    public LoraSpec alpha(double value) {
        scope.enter("alpha");
        alpha = value;
        return this;
    }

    /** Probability of dropping an element of the adapter's input; 0 by default. */
    public LoraSpec dropout(double value) {
        scope.enter("dropout");
        dropout = value;
        return this;
    }

    /** How A starts; Kaiming-uniform by default. */
    public LoraSpec init(Adapter.Lora.Init value) {
        scope.enter("init");
        init = value;
        return this;
    }

    Adapter.Lora freeze() {
        return new Adapter.Lora(rank, alpha, init, dropout);
    }
}
