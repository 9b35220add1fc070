package dev.graft.samples;

import static dev.graft.dsl.Graft.*;

import dev.graft.dsl.RouterInput;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import java.util.Optional;

/**
 * MoV (arXiv 2309.05444) on a decoder: five (IA)³ vectors on keys, values and the activated hidden state of the FFN,
 * averaged by a soft router.
 */
public final class MovDecoder implements Spec {

    @Override
    public Optional<String> base() {
        return Optional.of("tiny-llama");
    }

    @Override
    public Surgery define() {
        return surgery("mov-decoder", s -> {
            s.layers(all(), layer -> {
                layer.attention(a -> a.on(K, V).mixture(5, e -> e.ia3()).router(soft()));
                layer.ffn(
                        f -> f.on(HIDDEN).mixture(5, e -> e.ia3()).router(soft().input(RouterInput.ACTIVATED_HIDDEN)));
            });
            s.training(t -> t.adamW(1e-2).cosine(10).batch(16).length(128));
        });
    }
}
