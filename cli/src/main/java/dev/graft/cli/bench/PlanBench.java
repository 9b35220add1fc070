package dev.graft.cli.bench;

import static dev.graft.dsl.Graft.*;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.IfExists;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.Surgery;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Surgeon;
import dev.graft.surgery.SurgeryJson;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How long it takes to plan on a checkpoint, and to emit the program.
 *
 * @param process {@code graft plan} in a process of its own, from its start to its end; all of this is in the page cache
 * @param emit {@code graft emit}, the same
 * @param open reading and checking config.json, the index and all headers, in a process that has done so before
 * @param plan resolving {@link #SURGERY}, the same
 */
public record PlanBench(Spread process, Spread emit, Spread open, Spread plan) {
    /** AdaMoE on everything: mixtures on the attention, a router with null experts, LoRA in every expert. */
    public static final Surgery SURGERY = surgery(
            "bench",
            s -> s.layers(all(), layer -> {
                layer.attention(a -> a.on(Q, K, V, O)
                        .mixture(4, e -> e.lora(8))
                        .router(topK(4).nullExperts(5).balance(constant(1e-2))));
                layer.moe(moe -> {
                    moe.router(r -> r.nullExperts(256)
                            .nullRows(RouterInit.FIRST_ROWS)
                            .topK(12)
                            .balance(constant(1e-2))
                            .lora(1));
                    moe.experts(e -> e.lora(8));
                });
            }));

    private static final double NANOS = 1e-9;

    /**
     * Measures.
     *
     * @param spec where {@link #SURGERY} may be written as JSON, for the other process
     * @param times what counts; in this process, as many before that don't
     */
    public static PlanBench measure(Path checkpoint, Path spec, int times) {
        AtomicFile.write(spec, IfExists.REPLACE, SurgeryJson.write(SURGERY));
        List<String> asked = List.of(spec.toString(), "--base", checkpoint.toString());
        List<Double> process = new ArrayList<>();
        List<Double> emit = new ArrayList<>();
        List<Double> open = new ArrayList<>();
        List<Double> plan = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            process.add(FreshProcess.run("dev.graft.cli.Main", words("plan", asked)));
            Path out = spec.resolveSibling("emitted" + i);
            emit.add(FreshProcess.run("dev.graft.cli.Main", words("emit", asked, "--out", out.toString())));
        }
        for (int i = 0; i < 2 * times; i++) {
            long start = System.nanoTime();
            Checkpoint opened = Checkpoint.open(checkpoint);
            long between = System.nanoTime();
            InjectionPlan planned = Surgeon.plan(SURGERY, opened);
            long end = System.nanoTime();
            if (i >= times && !planned.groups().isEmpty()) {
                open.add((between - start) * NANOS);
                plan.add((end - between) * NANOS);
            }
        }
        return new PlanBench(Spread.of(process), Spread.of(emit), Spread.of(open), Spread.of(plan));
    }

    private static List<String> words(String command, List<String> asked, String... more) {
        List<String> words = new ArrayList<>(List.of(command));
        words.addAll(asked);
        words.addAll(List.of(more));
        return words;
    }
}
