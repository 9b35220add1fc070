package dev.graft.samples;

import dev.graft.dsl.Spec;
import java.util.List;
import java.util.Optional;

/**
 * A spec of this package as {@code graft samples} lists it.
 *
 * @param name the surgery's
 * @param summary one line
 */
public record Sample(String name, String summary, Spec spec) {

    /** From plain to mixed. */
    public static List<Sample> all() {
        return List.of(
                of("one LoRA on all seven projections: the baseline", new PlainLora()),
                of(
                        "AdaMoE: four LoRA experts and five that cost nothing; each token takes the best four",
                        new AdaMoeMoLora()),
                of("MoLORA: four LoRA experts, all of them averaged by a soft router", new MoLoraSoft()),
                of("MoV: five (IA)3 vectors on keys, values and the FFN, averaged by a soft router", new MovDecoder()),
                of(
                        "AdaMoE on a MoE model: a router widened by eight null experts, LoRA on it and on every expert",
                        new AdaMoeMixtral()),
                of("PERFT-R: four routed adapters beside each MoE block, two a token", new PerftRouted()),
                of("MoV on T5: ten (IA)3 vectors at every site of the paper, encoder and decoder", new MovT5()),
                of("MoLORA on T5: five LoRA experts at the sites of its paper, averaged", new MoLoraT5()),
                of("(IA)3 on T5: one vector at each site of MoV", new Ia3T5()),
                of("LoRA of rank 4 on T5: one at each site of MoLORA", new LoraT5()),
                of("layers that differ: untouched, plain LoRA, routed mixture", new MixedLayers()));
    }

    public static Optional<Sample> named(String name) {
        return all().stream().filter(sample -> sample.name().equals(name)).findFirst();
    }

    public static List<String> names() {
        return all().stream().map(Sample::name).toList();
    }

    private static Sample of(String summary, Spec spec) {
        return new Sample(spec.define().name(), summary, spec);
    }
}
