package dev.graft.samples;

import static dev.graft.dsl.Graft.*;

import dev.graft.dsl.Block;
import dev.graft.dsl.LayerSpec;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import java.util.Optional;

/**
 * Layers that differ: the first two stay as they are, those in the middle get a plain LoRA on their queries and values,
 * the last two a routed mixture. Fragments are values, so a layer's part can be named and used again.
 */
public final class MixedLayers implements Spec {

    @Override
    public Optional<String> base() {
        return Optional.of("tiny-llama");
    }

    @Override
    public Surgery define() {
        Block<LayerSpec> plain = layer -> layer.attention(a -> a.on(Q, V).lora(4));
        Block<LayerSpec> routed = layer ->
                layer.attention(a -> a.on(Q, V).mixture(4, e -> e.lora(4)).router(topK(2).balance(constant(1e-2))));
        return surgery("mixed-layers", s -> {
            s.layers(all().except(first(2)).except(last(2)), plain);
            s.layers(last(2), routed);
            s.training(t -> t.adamW(2e-3).cosine(10).batch(16).length(128));
        });
    }
}
