package dev.graft.samples;

import static dev.graft.dsl.Graft.*;

import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import java.util.Optional;

/**
 * AdaMoE on a MoE model (arXiv 2406.13233): the pretrained router of eight experts is widened by eight null experts that
 * cost nothing, and takes the best three of the sixteen instead of the best two of eight. Its null rows start as copies of
 * the pretrained rows, so an untrained token keeps its two experts; the balance loss, annealed by epoch, then teaches easy
 * tokens to use fewer. Router and experts learn by LoRA.
 */
public final class AdaMoeMixtral implements Spec {

    @Override
    public Optional<String> base() {
        return Optional.of("tiny-mixtral");
    }

    @Override
    public Surgery define() {
        return surgery("adamoe-mixtral", s -> {
            s.layers(
                    all(),
                    layer -> layer.moe(moe -> {
                        moe.router(r -> r.nullExperts(8).topK(3).lora(8).balance(anneal(2e-2, 1e-4)));
                        moe.experts(e -> e.lora(8));
                    }));
            s.training(t -> t.adamW(2e-3).cosine(10).steps(120).batch(16).length(128));
        });
    }
}
