package dev.graft.samples;

import static dev.graft.dsl.Graft.*;

import dev.graft.catalog.Methods;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import java.util.Optional;

/**
 * PERFT-R (arXiv 2411.08212): eight small adapters beside each MoE block, with the same input as its experts, of which a
 * router of their own takes two for each token. Everything pretrained stays frozen. The other variants are {@code
 * Methods.perftE}, {@code perftD} and {@code perftS}.
 */
public final class PerftRouted implements Spec {

    @Override
    public Optional<String> base() {
        return Optional.of("tiny-olmoe");
    }

    @Override
    public Surgery define() {
        return surgery("perft-r", s -> {
            s.layers(all(), Methods.perftR(8, 2, Methods.perftLora(8)));
            s.training(t -> t.adamW(2e-3).cosine(10).steps(120).batch(16).length(128));
        });
    }
}
