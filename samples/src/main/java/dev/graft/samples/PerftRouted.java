package dev.graft.samples;

import static dev.graft.dsl.Graft.*;

import dev.graft.catalog.Methods;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import java.util.Optional;

/**
 * PERFT-R (arXiv 2411.08212): four small adapters beside each MoE block, with the same input as its experts, of which a
 * router of their own takes two for each token. Everything pretrained stays frozen. The other variants are in {@link
 * PerftVariants}.
 */
public final class PerftRouted implements Spec {

    @Override
    public Optional<String> base() {
        return Optional.of("tiny-olmoe");
    }

    @Override
    public Surgery define() {
        return surgery("perft-r", s -> {
            s.layers(all(), Methods.perftR(4, 2, Methods.perftLora(7)));
            s.training(
                    t -> t.adamW(4e-3).cosine(5).steps(40).batch(8).length(128).validateEvery(20));
        });
    }
}
