package dev.graft.samples;

import static dev.graft.dsl.Graft.*;

import dev.graft.dsl.Adapter.Lora.Init;
import dev.graft.dsl.Block;
import dev.graft.dsl.LayerSpec;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import java.util.Optional;

/**
 * One LoRA of rank 4 on T5 v1.1: on every projection of every attention and on {@code wi_0} and {@code wo} of every FFN.
 * This is the baseline of {@link MoLoraT5}, which has several experts and a router at the same sites.
 */
public final class LoraT5 implements Spec {

    @Override
    public Optional<String> base() {
        return Optional.of("tiny-t5");
    }

    @Override
    public Surgery define() {
        Block<LayerSpec> own = layer -> {
            layer.attention(a -> a.on(Q, K, V, O).lora(4, l -> l.alpha(16).init(Init.NORMAL)));
            layer.ffn(f -> f.on(GATE, DOWN).lora(4, l -> l.alpha(16).init(Init.NORMAL)));
        };
        Block<LayerSpec> cross = layer -> layer.crossAttention(a ->
                a.on(Q, K, V, O).lora(4, l -> l.alpha(16).init(Init.NORMAL)));
        return surgery("lora-t5", s -> {
            s.encoder(all(), own);
            s.decoder(all(), own.then(cross));
            s.training(t ->
                    t.adamW(1e-2).cosine(5).steps(120).batch(16).length(128).validateEvery(40));
        });
    }
}
