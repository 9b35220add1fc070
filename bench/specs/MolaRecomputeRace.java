import static dev.graft.dsl.Graft.*;

import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training.Precision;

/** The mixture of {@code MolaRace} with activations computed again, the least memory. */
public final class MolaRecomputeRace implements Spec {
    @Override
    public Surgery define() {
        return surgery("mola-recompute-race", s -> {
            s.layers(all(), layer -> {
                layer.attention(a -> a.on(Q, K, V, O)
                        .mixture(4, e -> e.lora(8))
                        .router(topK(2).balance(constant(1e-3))));
                layer.ffn(f -> f.on(GATE, UP, DOWN)
                        .mixture(4, e -> e.lora(8))
                        .router(topK(2).balance(constant(1e-3))));
            });
            s.training(t -> t.adamW(3e-4)
                    .batch(8)
                    .length(256)
                    .fileOrder()
                    .precision(Precision.BF16)
                    .recompute());
        });
    }
}
