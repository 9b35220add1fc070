import static dev.graft.dsl.Graft.*;

import dev.graft.dsl.Normalisation;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training.Precision;

/** AdaMoE (4, 5, 4) with experts of rank 8, with the settings of {@code bench/peers/adamoe_reference.py}. */
public final class AdaMoeRace implements Spec {
    @Override
    public Surgery define() {
        return surgery("adamoe-race", s -> {
            s.layers(all(), layer -> {
                layer.attention(a -> a.on(Q, K, V, O)
                        .mixture(4, e -> e.lora(8))
                        .router(topK(4).nullExperts(5)
                                .normalise(Normalisation.SELECTED_TRUE)
                                .balance(constant(1e-3))));
                layer.ffn(f -> f.on(GATE, UP, DOWN)
                        .mixture(4, e -> e.lora(8))
                        .router(topK(4).nullExperts(5)
                                .normalise(Normalisation.SELECTED_TRUE)
                                .balance(constant(1e-3))));
            });
            s.training(t -> t.adamW(3e-4)
                    .batch(8)
                    .length(256)
                    .fileOrder()
                    .precision(Precision.BF16));
        });
    }
}
