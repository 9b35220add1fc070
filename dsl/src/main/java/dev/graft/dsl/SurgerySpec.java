package dev.graft.dsl;

import dev.graft.issue.CallSite;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Receiver of {@link Graft#surgery}: which layers are adapted, and how the adapters are trained. */
public final class SurgerySpec {
    private final Scope scope;
    private final List<Sentence> sites = new ArrayList<>();
    private final TrainingDraft training = new TrainingDraft();
    private @Nullable CallSite everything;
    private @Nullable CallSite trainingAt;

    SurgerySpec(Scope scope) {
        this.scope = scope;
    }

    /** Adapts the selected layers of a decoder-only model. */
    public SurgerySpec layers(LayerSelector layers, Block<? super LayerSpec> block) {
        return stack("layers", Stack.ONLY, layers, block);
    }

    /** Adapts the selected layers of the encoder, counted from its first. */
    public SurgerySpec encoder(LayerSelector layers, Block<? super LayerSpec> block) {
        return stack("encoder", Stack.ENCODER, layers, block);
    }

    /** Adapts the selected layers of the decoder, counted from its first. */
    public SurgerySpec decoder(LayerSelector layers, Block<? super LayerSpec> block) {
        return stack("decoder", Stack.DECODER, layers, block);
    }

    /**
     * Trains every pretrained weight itself, from its value in the checkpoint (full fine-tuning). Nothing can be adapted
     * beside that.
     */
    public SurgerySpec trainEverything() {
        everything = scope.enter("trainEverything");
        return this;
    }

    private SurgerySpec stack(String word, Stack stack, LayerSelector layers, Block<? super LayerSpec> block) {
        scope.enter(word);
        scope.nest(word, inner -> new LayerSpec(inner, layers, stack, sites), block);
        return this;
    }

    /** Sets what differs from {@link Training#defaults}. */
    public SurgerySpec training(Block<? super TrainingSpec> block) {
        trainingAt = scope.enter("training");
        scope.nest("training", inner -> new TrainingSpec(inner, training), block);
        return this;
    }

    Surgery freeze(String name) {
        return new Surgery(
                name,
                sites.stream().map(Sentence::freeze).toList(),
                Optional.ofNullable(everything),
                training.freeze(),
                Optional.ofNullable(trainingAt));
    }
}
