package dev.graft.samples;

import static dev.graft.dsl.Graft.*;

import dev.graft.catalog.Methods;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import java.util.Optional;

/**
 * (IA)³ on T5 v1.1 (arXiv 2205.05638): one vector each on keys and values of every attention and on the activated hidden
 * state of every FFN. This is the baseline of {@link MovT5}, which has several vectors and a router at the same sites.
 */
public final class Ia3T5 implements Spec {

    @Override
    public Optional<String> base() {
        return Optional.of("tiny-t5");
    }

    @Override
    public Surgery define() {
        return surgery("ia3-t5", s -> {
            s.encoder(all(), Methods.ia3());
            s.decoder(
                    all(),
                    Methods.ia3()
                            .then(layer -> layer.crossAttention(a -> a.on(K, V).ia3())));
            s.training(t ->
                    t.adafactor(2e-1).cosine(5).steps(120).batch(16).length(128).validateEvery(40));
        });
    }
}
