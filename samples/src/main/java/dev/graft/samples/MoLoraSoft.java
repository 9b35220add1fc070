package dev.graft.samples;

import static dev.graft.dsl.Graft.*;

import dev.graft.dsl.Adapter.Lora.Init;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import java.util.Optional;

/**
 * MoLORA (arXiv 2309.05444) on a decoder: four LoRA experts a projection, all of them evaluated, their outputs averaged
 * with the router's probabilities. No balance loss: with soft routing it would be a constant.
 */
public final class MoLoraSoft implements Spec {

    @Override
    public Optional<String> base() {
        return Optional.of("tiny-llama");
    }

    @Override
    public Surgery define() {
        return surgery("molora-soft", s -> {
            s.layers(all(), layer -> {
                layer.attention(a -> a.on(Q, K, V, O)
                        .mixture(4, e -> e.lora(4, l -> l.alpha(16).init(Init.NORMAL)))
                        .router(soft()));
                layer.ffn(f -> f.on(GATE, DOWN)
                        .mixture(4, e -> e.lora(4, l -> l.alpha(16).init(Init.NORMAL)))
                        .router(soft()));
            });
            s.training(t -> t.adamW(2e-3).cosine(10).batch(16).length(128));
        });
    }
}
