package dev.graft.samples;

import static dev.graft.dsl.Graft.soft;

import dev.graft.dsl.Spec;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What {@code graft demo} shows, as data.
 *
 * @param name what it is asked for by
 * @param summary one line
 * @param base the embedded checkpoint
 * @param specs trained one after the other; the first is shown in full, all are compared in a table
 * @param training below {@code samples/data}
 * @param validation the same
 * @param windows of the validation text that are measured
 * @param prompt continued before and after training
 * @param tasks folder below {@code samples/data} whose held-out questions are asked as well
 */
public record Demo(
        String name,
        String summary,
        String base,
        List<Spec> specs,
        String training,
        String validation,
        int windows,
        String prompt,
        Optional<String> tasks) {
    public Demo {
        specs = List.copyOf(specs);
    }

    /** The first is the default. */
    public static List<Demo> all() {
        return List.of(
                shakespeare(
                        "adamoe",
                        "AdaMoE on a dense model: each token chooses how many experts it uses",
                        "tiny-llama",
                        Optional.empty(),
                        new AdaMoeMoLora()),
                shakespeare(
                        "mov-t5",
                        "MoV and MoLORA on T5 beside (IA)3 and LoRA, with the choice of the next line",
                        "tiny-t5",
                        Optional.of("shakespeare"),
                        new MovT5(),
                        new MovT5("mov-t5-5", 5, soft()),
                        new Ia3T5(),
                        new MoLoraT5(),
                        new LoraT5()),
                shakespeare(
                        "adamoe-mixtral",
                        "AdaMoE on a MoE model, and the same LoRA without null experts",
                        "tiny-mixtral",
                        Optional.empty(),
                        new AdaMoeMixtral(),
                        AdaMoeMixtral::withoutNulls),
                shakespeare(
                        "perft",
                        "PERFT beside MoE blocks against LoRA on queries and values, with equal activated parameters",
                        "tiny-olmoe",
                        Optional.empty(),
                        Stream.concat(Stream.of(new PerftRouted()), PerftVariants.others().stream())
                                .toArray(Spec[]::new)));
    }

    public static Optional<Demo> named(String name) {
        return all().stream().filter(demo -> demo.name().equals(name)).findFirst();
    }

    public static List<String> names() {
        return all().stream().map(Demo::name).toList();
    }

    /** A model that has read novels reads plays. */
    private static Demo shakespeare(String name, String summary, String base, Optional<String> tasks, Spec... specs) {
        return new Demo(
                name,
                summary,
                base,
                List.of(specs),
                "shakespeare/train.txt",
                "shakespeare/validation.txt",
                100,
                "KING RICHARD:\n",
                tasks);
    }
}
