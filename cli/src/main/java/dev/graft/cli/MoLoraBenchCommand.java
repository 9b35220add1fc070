package dev.graft.cli;

import dev.graft.cli.bench.MoLoraBench;
import dev.graft.dsl.Training;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.train.ExitCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures a soft mixture of LoRAs by itself. */
@Command(
        name = "molora",
        header = "A soft mixture of LoRAs on the linear maps of a T5 v1.1 base layer.",
        description =
                "Six maps, forward and backward, measured in turns: alone, with one LoRA, with ten, and the adapters"
                        + " without the maps. What bench/molora.sh compares with the published einsum form.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class MoLoraBenchCommand implements Callable<Integer> {
    private static final int EXPERTS = 10;
    private static final int RANK = 4;

    private final Terminal terminal;

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            description = "${COMPLETION-CANDIDATES}; by default both, one after the other.")
    private Training.@Nullable Precision precision;

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "2048", description = "By default ${DEFAULT-VALUE}.")
    private int tokens;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "30",
            description = "About how long to measure each precision; by default ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the engine; 0 for all cores.")
    private int threads;

    @Option(names = "--json", description = "Print as JSON.")
    private boolean json;

    MoLoraBenchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        OptionValues.requireAtLeast("--tokens", tokens, 1);
        OptionValues.requireAtLeast("--seconds", seconds, 0);
        OptionValues.requireAtLeast("--threads", threads, 0);
        List<MoLoraBench.Part> parts = new ArrayList<>();
        try (TorchEngine engine = TorchEngine.open("cpu", threads)) {
            for (Training.Precision each : Training.Precision.values()) {
                if (precision == null || precision == each) {
                    ElementType type = ElementType.of(each);
                    parts.addAll(MoLoraBench.measure(engine, type, tokens, EXPERTS, RANK, seconds)
                            .parts());
                }
            }
        }
        TextTable table = new TextTable();
        parts.forEach(part -> table.row(
                part.precision().name().toLowerCase(Locale.ROOT) + ", " + part.name(),
                part.pass().toString()));
        BenchCommand.show(terminal, json, new MoLoraBench(parts), table);
        return ExitCode.DONE;
    }
}
