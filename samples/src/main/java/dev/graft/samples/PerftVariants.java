package dev.graft.samples;

import static dev.graft.dsl.Graft.*;

import dev.graft.catalog.Methods;
import dev.graft.dsl.Block;
import dev.graft.dsl.LayerSpec;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import java.util.List;

/**
 * The variants of PERFT (arXiv 2411.08212) beside {@link PerftRouted}, and LoRA on queries and values, which leaves the
 * MoE blocks alone. On tiny-olmoe all of them activate the same number of parameters for a token: 4096 a layer.
 */
public final class PerftVariants {
    private PerftVariants() {}

    /** LoRA, S, D and E; R is a file of its own. */
    public static List<Spec> others() {
        return List.of(
                () -> trained("lora-q-v", Methods.lora(8)),
                () -> trained("perft-s", Methods.perftS(Methods.perftLora(16))),
                () -> trained("perft-d", Methods.perftD(2, Methods.perftLora(8))),
                () -> trained("perft-e", Methods.perftE(Methods.perftLora(4))));
    }

    private static Surgery trained(String name, Block<LayerSpec> layer) {
        return surgery(name, s -> {
            s.layers(all(), layer);
            s.training(
                    t -> t.adamW(4e-3).cosine(5).steps(40).batch(8).length(128).validateEvery(20));
        });
    }
}
