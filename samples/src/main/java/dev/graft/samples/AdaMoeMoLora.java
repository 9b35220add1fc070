package dev.graft.samples;

import static dev.graft.dsl.Graft.*;

import dev.graft.dsl.Adapter.Lora.Init;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import java.util.Optional;

/**
 * AdaMoE on a dense model (arXiv 2406.13233): every projection gets four LoRA experts and five null experts, and each
 * token takes the best four of the nine. Nulls cost nothing, so easy tokens use fewer true experts; the balance loss,
 * annealed by epoch, decides how many. This is the spec of {@code graft demo}.
 */
public final class AdaMoeMoLora implements Spec {

    @Override
    public Optional<String> base() {
        return Optional.of("tiny-llama");
    }

    @Override
    public Surgery define() {
        var router = topK(4).nullExperts(5)
                .normalise(Normalisation.SELECTED_TRUE)
                .init(RouterInit.KAIMING_UNIFORM)
                .balance(anneal(2e-2, 1e-4));
        return surgery("adamoe", s -> {
            s.layers(all(), layer -> {
                layer.attention(a -> a.on(Q, K, V, O)
                        .mixture(4, e -> e.lora(2, l -> l.init(Init.KAIMING_UNIFORM)))
                        .router(router));
                layer.ffn(f -> f.on(GATE, UP, DOWN)
                        .mixture(4, e -> e.lora(2, l -> l.init(Init.KAIMING_UNIFORM)))
                        .router(router));
            });
            s.training(t -> t.adamW(4e-3).cosine(10).steps(120).batch(16).length(128));
        });
    }
}
