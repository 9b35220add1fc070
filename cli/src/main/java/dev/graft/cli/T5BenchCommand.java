package dev.graft.cli;

import static dev.graft.dsl.Graft.soft;

import dev.graft.catalog.Methods;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.DType;
import dev.graft.checkpoint.FileProblem;
import dev.graft.checkpoint.OutputFolder;
import dev.graft.cli.bench.SyntheticT5;
import dev.graft.cli.bench.T5Bench;
import dev.graft.dsl.Graft;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training;
import dev.graft.runtime.train.ExitCode;
import dev.graft.samples.Ia3T5;
import dev.graft.samples.LoraT5;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures mixtures on T5. */
@Command(
        name = "t5",
        header = "Training steps of MoV and MoLORA on T5, beside (IA)3 and LoRA.",
        description =
                "Makes a model of T5 v1.1 base's shape with random weights (0.5 or 1 GB in the temporary folder) and"
                        + " trains MoV-10, (IA)3, MoLORA-10 and LoRA of rank 4 on it, a few steps each in every round.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class T5BenchCommand implements Callable<Integer> {
    private static final List<String> TOKENIZER = List.of("tokenizer.json", "tokenizer_config.json");

    private final Terminal terminal;

    @Option(
            names = "--precision",
            required = true,
            paramLabel = "TYPE",
            description = "Of frozen weights and activations: ${COMPLETION-CANDIDATES}.")
    @SuppressWarnings("NullAway.Init")
    private Training.Precision precision;

    @Option(
            names = "--layers",
            paramLabel = "N",
            defaultValue = "12",
            description = "Of each stack; by default ${DEFAULT-VALUE}.")
    private int layers;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "8",
            description = "Examples of 128 + 129 tokens a step; by default ${DEFAULT-VALUE}.")
    private int batch;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "2", description = "By default ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--times",
            paramLabel = "N",
            defaultValue = "3",
            description = "Measured steps of each spec in a round; by default ${DEFAULT-VALUE}.")
    private int times;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the engine; 0 for all cores.")
    private int threads;

    @Option(names = "--json", description = "Print as JSON.")
    private boolean json;

    T5BenchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        OptionValues.requireAtLeast("--layers", layers, 1);
        OptionValues.requireAtLeast("--batch", batch, 1);
        OptionValues.requireAtLeast("--rounds", rounds, 1);
        OptionValues.requireAtLeast("--times", times, 1);
        OptionValues.requireAtLeast("--threads", threads, 0);
        try (OutputFolder scratch = BenchCommand.scratch()) {
            T5Bench measured = T5Bench.measure(
                    model(scratch.path().resolve("model")),
                    specs(),
                    Home.data("shakespeare/train.txt"),
                    scratch.path(),
                    rounds,
                    times);
            BenchCommand.show(terminal, json, measured, table(measured));
        }
        return ExitCode.DONE;
    }

    private Checkpoint model(Path folder) {
        DType type = precision == Training.Precision.BF16 ? DType.BF16 : DType.F32;
        SyntheticT5 base = SyntheticT5.base(type);
        new SyntheticT5(layers, base.hidden(), base.ffn(), base.vocabulary(), type).writeTo(folder);
        Path tiny = Home.checkpoint("tiny-t5", terminal).folder();
        for (String file : TOKENIZER) {
            try {
                Files.copy(tiny.resolve(file), folder.resolve(file));
            } catch (IOException e) {
                throw FileProblem.of("copy", tiny.resolve(file), e);
            }
        }
        return Checkpoint.open(folder);
    }

    private List<Surgery> specs() {
        Training training = Graft.training(
                t -> t.adamW(1e-3).batch(batch).length(256).precision(precision).threads(threads));
        return List.of(
                        new Ia3T5().define(),
                        Graft.surgery("mov-10", s -> Methods.movOnT5(10, soft()).accept(s)),
                        new LoraT5().define(),
                        Graft.surgery(
                                "molora-10",
                                s -> Methods.moLoraOnT5(10, 4, 16, soft()).accept(s)))
                .stream()
                .map(spec -> spec.withTraining(training))
                .toList();
    }

    private TextTable table(T5Bench measured) {
        TextTable table = new TextTable();
        for (T5Bench.Row row : measured.rows()) {
            table.row(
                    row.name(),
                    String.format(Locale.ROOT, "%,d trainable", row.parameters()),
                    row.rounds().stream().map(Object::toString).collect(Collectors.joining("; ")));
        }
        return table.row("mov-10 / ia3", "", ratio(measured.ratio("mov-10", "ia3-t5")))
                .row("molora-10 / lora", "", ratio(measured.ratio("molora-10", "lora-t5")));
    }

    private static String ratio(T5Bench.Ratio ratio) {
        String medians = ratio.medians().stream()
                .map(one -> String.format(Locale.ROOT, "%.3f", one))
                .collect(Collectors.joining(", "));
        return String.format(Locale.ROOT, "%s of the rounds' medians, %.3f of the minima", medians, ratio.minima());
    }
}
