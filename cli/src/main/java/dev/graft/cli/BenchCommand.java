package dev.graft.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.OutputFolder;
import dev.graft.cli.bench.BlockShape;
import dev.graft.cli.bench.MoeBench;
import dev.graft.cli.bench.PlanBench;
import dev.graft.cli.bench.StepBench;
import dev.graft.cli.bench.SyntheticCheckpoint;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.train.DataFiles;
import dev.graft.runtime.train.ExitCode;
import dev.graft.runtime.train.RunRequest;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.PlanJson;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures Graft itself. */
@Command(
        name = "bench",
        header = "Measure how fast Graft is on this machine.",
        description = "Nothing else should run meanwhile. What it makes is removed at the end.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Examples:",
            "  graft bench plan",
            "  graft bench step adamoe --threads 2",
            "  graft bench step MySpec.java --base models/llama --precision bf16 --json",
            "  graft bench moe --threads 2",
            "  graft bench t5 --precision bf16 --threads 2",
            "  graft bench generate --base models/llama --adapter my-run --precision bf16"
        })
final class BenchCommand implements Runnable {
    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec command;

    BenchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        throw new ParameterException(
                command.commandLine(), "say what to measure: plan, step, moe, t5, molora or generate");
    }

    @Command(
            name = "plan",
            header = "Opening and planning a checkpoint of very many tensors.",
            description =
                    "Makes a mixture of experts in many shards, without content (a few megabytes on the disk), and"
                            + " plans and emits AdaMoE on all of it: in new processes and, planning, in this one.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    int plan(
            @Option(
                            names = "--layers",
                            paramLabel = "N",
                            defaultValue = "61",
                            description = "By default ${DEFAULT-VALUE}.")
                    int layers,
            @Option(
                            names = "--experts",
                            paramLabel = "N",
                            defaultValue = "256",
                            description = "Of a layer; by default ${DEFAULT-VALUE}.")
                    int experts,
            @Option(
                            names = "--shards",
                            paramLabel = "N",
                            defaultValue = "1000",
                            description = "Files; by default ${DEFAULT-VALUE}.")
                    int shards,
            @Option(
                            names = "--times",
                            paramLabel = "N",
                            defaultValue = "5",
                            description = "Measurements; by default ${DEFAULT-VALUE}.")
                    int times,
            @Option(names = "--json", description = "Print as JSON.") boolean json) {
        OptionValues.requireAtLeast("--layers", layers, 1);
        OptionValues.requireAtLeast("--experts", experts, 1);
        OptionValues.requireAtLeast("--shards", shards, 1);
        OptionValues.requireAtLeast("--times", times, 1);
        try (OutputFolder scratch = scratch()) {
            SyntheticCheckpoint synthetic = new SyntheticCheckpoint(layers, experts, shards);
            Path checkpoint = scratch.path().resolve("checkpoint");
            synthetic.writeTo(checkpoint);
            PlanBench measured = PlanBench.measure(checkpoint, scratch.path().resolve("bench.json"), times);
            show(
                    terminal,
                    json,
                    measured,
                    new TextTable()
                            .row("tensors", Integer.toString(synthetic.tensors()))
                            .row("shards", Integer.toString(shards))
                            .row("graft plan, whole process", measured.process().toString())
                            .row("graft emit, whole process", measured.emit().toString())
                            .row("open, warm", measured.open().toString())
                            .row("plan, warm", measured.plan().toString()));
        }
        return ExitCode.DONE;
    }

    @Command(
            name = "step",
            header = "A training step, by phase.",
            description =
                    "Trains a spec for a few steps and says where the time goes: --warmup and --times say how many,"
                            + " whatever the spec or --steps ask for; batch and length are the spec's.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    int step(
            @Mixin SpecArgument spec,
            @Mixin StartOption start,
            @Option(
                            names = "--data",
                            paramLabel = "FILE",
                            description = "What to train on; by default the Shakespeare of the samples.")
                    @Nullable
                    Path data,
            @Option(
                            names = "--times",
                            paramLabel = "N",
                            defaultValue = "10",
                            description = "Measured steps; by default ${DEFAULT-VALUE}.")
                    int times,
            @Option(
                            names = "--warmup",
                            paramLabel = "N",
                            defaultValue = "3",
                            description = "Steps before those; by default ${DEFAULT-VALUE}.")
                    int warmup,
            @Option(names = "--json", description = "Print as JSON.") boolean json) {
        OptionValues.requireAtLeast("--times", times, 1);
        OptionValues.requireAtLeast("--warmup", warmup, 0);
        SpecArgument.Planned planned = spec.plan(terminal);
        Surgery asked = planned.plan().surgery();
        InjectionPlan plan =
                Surgeon.plan(asked.withTraining(asked.training().with(t -> t.steps(warmup + times))), planned.base());
        try (OutputFolder scratch = scratch()) {
            RunRequest request = RunRequest.of(
                    planned.base().folder(),
                    DataFiles.of(data == null ? Home.data("shakespeare/train.txt") : data),
                    scratch.path().resolve("run"),
                    PlanJson.write(plan));
            StepBench measured = StepBench.measure(GeneratedProgram.of(plan), start.add(request, planned), warmup);
            show(terminal, json, measured, table(measured));
        }
        return ExitCode.DONE;
    }

    @Command(
            name = "moe",
            header = "Mixture-of-experts blocks, forward and backward.",
            description = "Blocks with random frozen weights, measured in turns: with fewer experts, with null experts,"
                    + " with LoRA on the experts, with adapters beside them.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    int moe(
            @Option(
                            names = "--precision",
                            paramLabel = "TYPE",
                            description = "${COMPLETION-CANDIDATES}; by default both, one after the other.")
                    Training.@Nullable Precision precision,
            @Option(names = "--large", description = "Blocks of OLMoE-1B-7B's size; 4 GB of memory in fp32.")
                    boolean large,
            @Option(
                            names = "--tokens",
                            paramLabel = "N",
                            defaultValue = "2048",
                            description = "By default ${DEFAULT-VALUE}.")
                    int tokens,
            @Option(
                            names = "--seconds",
                            paramLabel = "N",
                            defaultValue = "30",
                            description = "About how long to measure each precision; by default ${DEFAULT-VALUE}.")
                    int seconds,
            @Option(names = "--threads", paramLabel = "N", description = "Threads of the engine; 0 for all cores.")
                    int threads,
            @Option(names = "--json", description = "Print as JSON.") boolean json) {
        OptionValues.requireAtLeast("--tokens", tokens, 1);
        OptionValues.requireAtLeast("--seconds", seconds, 0);
        OptionValues.requireAtLeast("--threads", threads, 0);
        List<BlockShape> shapes = (large ? BlockShape.large() : BlockShape.small())
                .stream().map(shape -> shape.tokens(tokens)).toList();
        List<MoeBench.Block> blocks = new ArrayList<>();
        try (TorchEngine engine = TorchEngine.open("cpu", threads)) {
            for (Training.Precision each : Training.Precision.values()) {
                if (precision == null || precision == each) {
                    ElementType type = ElementType.of(each);
                    blocks.addAll(
                            MoeBench.measure(engine, shapes, type, seconds).blocks());
                }
            }
        }
        TextTable table = new TextTable();
        blocks.forEach(block -> table.row(
                block.precision().name().toLowerCase(Locale.ROOT) + ", " + block.name(),
                String.format(Locale.ROOT, "load %.2f  %s", block.load(), block.pass())));
        show(terminal, json, new MoeBench(blocks), table);
        return ExitCode.DONE;
    }

    private static TextTable table(StepBench measured) {
        double total = measured.phases().values().stream()
                .mapToDouble(Double::doubleValue)
                .sum();
        TextTable table = new TextTable()
                .row("trainable parameters", String.format(Locale.ROOT, "%,d", measured.parameters()))
                .row("step", measured.step().toString());
        measured.phases()
                .forEach((phase, seconds) -> table.row(
                        "  " + phase,
                        String.format(Locale.ROOT, "%6.1f ms  %4.1f%%", 1e3 * seconds, 100 * seconds / total)));
        return table.row("examples/s", String.format(Locale.ROOT, "%.1f", measured.examplesPerSecond()))
                .row("tokens/s", String.format(Locale.ROOT, "%.0f", measured.tokensPerSecond()))
                .row("peak memory", String.format(Locale.ROOT, "%.0f MB", measured.peakBytes() / 1e6))
                .row(
                        "first step",
                        String.format(Locale.ROOT, "done %.1f s after the start", measured.firstStepSeconds()))
                .row(
                        "loss",
                        String.format(
                                Locale.ROOT,
                                "%.4f -> %.4f",
                                measured.losses().get(0),
                                measured.losses().get(measured.losses().size() - 1)));
    }

    static void show(Terminal terminal, boolean json, Record measured, TextTable table) {
        try {
            terminal.out()
                    .println(
                            json
                                    ? JsonMapper.builder()
                                            .enable(SerializationFeature.INDENT_OUTPUT)
                                            .build()
                                            .writeValueAsString(measured)
                                    : table.toString().stripTrailing());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A folder that goes with its scope. */
    static OutputFolder scratch() {
        String name = "graft-bench-" + ProcessHandle.current().pid();
        return OutputFolder.create(Path.of(System.getProperty("java.io.tmpdir")).resolve(name), IfExists.REFUSE);
    }
}
