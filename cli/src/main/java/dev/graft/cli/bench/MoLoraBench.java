package dev.graft.cli.bench;

import ai.djl.ndarray.NDManager;
import dev.graft.cli.bench.LinearMap.Form;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.TorchEngine;
import java.util.List;
import java.util.stream.Stream;

/**
 * How long the six linear maps of a T5 v1.1 base layer take (q, k, v, o, wi_0, wo), forward and backward, each with an input
 * of its own: alone, with one LoRA, with a soft mixture of LoRAs, and the adapters without the maps.
 */
public record MoLoraBench(List<Part> parts) {
    /** Input and output width of each map. */
    private static final List<int[]> MAPS = List.of(
            new int[] {768, 768},
            new int[] {768, 768},
            new int[] {768, 768},
            new int[] {768, 768},
            new int[] {768, 2048},
            new int[] {2048, 768});

    /**
     * What was run.
     *
     * @param name base, lora, molora, lora_alone or molora_alone
     * @param precision of the map and of the input; adapters are fp32
     * @param pass over all six maps
     */
    public record Part(String name, ElementType precision, Spread pass) {}

    /**
     * Measures all forms in turns.
     *
     * @param experts E
     * @param rank r
     * @param seconds about how long in all
     */
    public static MoLoraBench measure(
            TorchEngine engine, ElementType precision, int tokens, int experts, int rank, double seconds) {
        try (NDManager scope = engine.scope()) {
            Ops ops = engine.ops(scope);
            List<LinearMap> maps = MAPS.stream()
                    .map(map -> new LinearMap(engine, ops, precision, tokens, map[0], map[1], experts, rank))
                    .toList();
            List<Form> forms = List.of(Form.values());
            List<Spread> times = Turns.measure(
                    forms.stream()
                            .map(form -> (Runnable) () -> maps.forEach(map -> map.run(form)))
                            .toList(),
                    seconds);
            return new MoLoraBench(Stream.iterate(0, i -> i + 1)
                    .limit(forms.size())
                    .map(i -> new Part(forms.get(i).name().toLowerCase(java.util.Locale.ROOT), precision, times.get(i)))
                    .toList());
        }
    }
}
