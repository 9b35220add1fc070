package dev.graft.samples;

import static dev.graft.dsl.Graft.*;

import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import java.util.Optional;

/** One LoRA of rank 8 on all seven projections: the baseline that every mixture is compared with. */
public final class PlainLora implements Spec {

    @Override
    public Optional<String> base() {
        return Optional.of("tiny-llama");
    }

    @Override
    public Surgery define() {
        return surgery("plain-lora", s -> {
            s.layers(all(), layer -> {
                layer.attention(a -> a.on(Q, K, V, O).lora(8));
                layer.ffn(f -> f.on(GATE, UP, DOWN).lora(8));
            });
            s.training(t -> t.adamW(2e-3).cosine(10).batch(16).length(128));
        });
    }
}
