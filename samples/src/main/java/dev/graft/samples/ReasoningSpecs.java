package dev.graft.samples;

import static dev.graft.dsl.Graft.*;

import dev.graft.catalog.Methods;
import dev.graft.dsl.Block;
import dev.graft.dsl.LayerSpec;
import dev.graft.dsl.Router;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training.Precision;
import java.util.List;

/**
 * Adapters on all seven projections of a small instruction model, for questions with answer choices: what
 * {@code samples/comparisons/OpenBookQa.java} and its neighbours compare. All experts have rank 8.
 */
public final class ReasoningSpecs {
    private ReasoningSpecs() {}

    /** One LoRA; four of which a token takes two; AdaMoE (4, 5, 4). */
    public static List<Surgery> main() {
        return List.of(
                trained("lora", layer -> {
                    layer.attention(a -> a.on(Q, K, V, O).lora(8));
                    layer.ffn(f -> f.on(GATE, UP, DOWN).lora(8));
                }),
                trained("mola-4-2", four(topK(2).balance(constant(1e-3)))),
                trained("adamoe-4-5-4", Methods.adaMoe(4, 5, 4)));
    }

    /** AdaMoE with more null experts, and a soft mixture, all of whose experts every token takes. */
    public static List<Surgery> others() {
        return List.of(trained("adamoe-4-7-4", Methods.adaMoe(4, 7, 4)), trained("molora-soft-4", four(soft())));
    }

    private static Block<LayerSpec> four(Router router) {
        return layer -> {
            layer.attention(a -> a.on(Q, K, V, O).mixture(4, e -> e.lora(8)).router(router));
            layer.ffn(f -> f.on(GATE, UP, DOWN).mixture(4, e -> e.lora(8)).router(router));
        };
    }

    private static Surgery trained(String name, Block<LayerSpec> layer) {
        return surgery(name, s -> {
            s.layers(all(), layer);
            s.training(t ->
                    t.adamW(1e-3).cosine(10).batch(16).length(256).epochs(2).precision(Precision.BF16));
        });
    }
}
