package dev.graft.samples;

import static dev.graft.dsl.Graft.*;

import dev.graft.dsl.Balance;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import java.util.Optional;

/**
 * AdaMoE on a MoE model (arXiv 2406.13233): the pretrained router of eight experts is widened by eight null experts that
 * cost nothing, and takes the best three of the sixteen instead of the best two of eight. Its null rows start as copies of
 * the pretrained rows, so an untrained token keeps its two experts; the balance loss, annealed over the run, then teaches easy
 * tokens to use fewer. Router and experts learn by LoRA.
 */
public final class AdaMoeMixtral implements Spec {

    @Override
    public Optional<String> base() {
        return Optional.of("tiny-mixtral");
    }

    @Override
    public Surgery define() {
        return widened("adamoe-mixtral", 8, 3, Balance.of(overRun(2e-2, 1e-4)));
    }

    /** The baseline: the same LoRA on router and experts, two experts a token as pretrained. */
    public static Surgery withoutNulls() {
        return widened("top-2", 0, 2, Balance.of(overRun(2e-2, 1e-4)));
    }

    /**
     * The router's LoRA has a small alpha: AdamW moves it as far as the experts', and null rows that drift fast take
     * tokens away from experts that they need.
     *
     * @param nulls m, a multiple of the pretrained experts, or 0
     * @param k selected, null experts included
     * @param balance loss: Eq. 6 pools all layers, which may take the load from one layer for another
     */
    public static Surgery widened(String name, int nulls, int k, Balance balance) {
        return surgery(name, s -> {
            s.layers(
                    all(),
                    layer -> layer.moe(moe -> {
                        moe.router(r -> {
                            if (nulls > 0) {
                                r.nullExperts(nulls);
                            }
                            r.topK(k).lora(8, l -> l.alpha(1)).balance(balance);
                        });
                        moe.experts(e -> e.lora(8));
                    }));
            s.training(
                    t -> t.adamW(4e-3).cosine(5).steps(60).batch(8).length(128).validateEvery(20));
        });
    }
}
