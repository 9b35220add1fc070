package dev.graft.samples;

import static dev.graft.dsl.Graft.*;

import dev.graft.catalog.Methods;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import java.util.Optional;

/**
 * MoLORA on T5 v1.1 at the sites of its paper (arXiv 2309.05444): five LoRA experts of rank 4 on every projection of every
 * attention and on {@code wi_0} and {@code wo} of every FFN, their outputs averaged by a soft router for each token.
 */
public final class MoLoraT5 implements Spec {

    @Override
    public Optional<String> base() {
        return Optional.of("tiny-t5");
    }

    @Override
    public Surgery define() {
        return surgery("molora-t5", s -> {
            Methods.moLoraOnT5(5, 4, 16, soft()).accept(s);
            s.training(t ->
                    t.adamW(5e-3).cosine(5).steps(120).batch(16).length(128).validateEvery(40));
        });
    }
}
