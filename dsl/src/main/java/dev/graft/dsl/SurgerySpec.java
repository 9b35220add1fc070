package dev.graft.dsl;

import java.util.ArrayList;
import java.util.List;

/** Receiver of {@link Graft#surgery}: which layers are adapted, and how the adapters are trained. */
public final class SurgerySpec {
    private final Scope scope;
    private final List<Sentence> sites = new ArrayList<>();
    private final TrainingDraft training = new TrainingDraft();

    SurgerySpec(Scope scope) {
        this.scope = scope;
    }

    /** Adapts the selected layers of the decoder (the only stack of a decoder-only model). */
    public SurgerySpec layers(LayerSelector layers, Block<? super LayerSpec> block) {
        scope.enter("layers");
        scope.nest("layers", inner -> new LayerSpec(inner, layers, Stack.DECODER, sites), block);
        return this;
    }

    /** Sets what differs from {@link Training#defaults}. */
    public SurgerySpec training(Block<? super TrainingSpec> block) {
        scope.enter("training");
        scope.nest("training", inner -> new TrainingSpec(inner, training), block);
        return this;
    }

    Surgery freeze(String name) {
        return new Surgery(name, sites.stream().map(Sentence::freeze).toList(), training.freeze());
    }
}
