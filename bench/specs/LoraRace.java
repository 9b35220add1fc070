import static dev.graft.dsl.Graft.*;

import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training.Precision;

/** LoRA of rank 8 on all seven projections, with the settings of {@code bench/peers/peft_lora.py}. */
public final class LoraRace implements Spec {
    @Override
    public Surgery define() {
        return surgery("lora-race", s -> {
            s.layers(all(), layer -> {
                layer.attention(a -> a.on(Q, K, V, O).lora(8));
                layer.ffn(f -> f.on(GATE, UP, DOWN).lora(8));
            });
            s.training(t -> t.adamW(3e-4)
                    .batch(8)
                    .length(256)
                    .fileOrder()
                    .precision(Precision.BF16));
        });
    }
}
