import static dev.graft.dsl.Graft.*;

import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training.Precision;

/** LoRA of rank 32: as many rows as the four experts of rank 8 in the mixtures. */
public final class WideLoraRace implements Spec {
    @Override
    public Surgery define() {
        return surgery("wide-lora-race", s -> {
            s.layers(all(), layer -> {
                layer.attention(a -> a.on(Q, K, V, O).lora(32));
                layer.ffn(f -> f.on(GATE, UP, DOWN).lora(32));
            });
            s.training(t -> t.adamW(3e-4)
                    .batch(8)
                    .length(256)
                    .fileOrder()
                    .precision(Precision.BF16));
        });
    }
}
