package dev.graft.cli;

import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.Leaves;
import dev.graft.runtime.parity.Difference;
import dev.graft.runtime.parity.Parity;
import dev.graft.runtime.train.ExitCode;
import dev.graft.runtime.train.Program;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compares a model with a reference's numbers. */
@Command(
        name = "parity",
        header = "Compare a model with the numbers that Hugging Face transformers or PEFT computed for it.",
        description =
                "Runs the generated model, as it is or with an adapter, on the inputs of golden.safetensors and prints how far its"
                        + " states, logits, loss, gradients and greedy text are from those in the file: in fp32, and in bf16"
                        + " where the file has bf16.* tensors.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Examples:",
            "  graft parity src/test/resources/goldens/models/llama",
            "  graft parity models/smollm2 --golden goldens/smollm2-135m-instruct/golden.safetensors",
            "",
            "The exit code is 1 if a difference is beyond its tolerance."
        })
final class ParityCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = BaseName.LABEL, description = "The checkpoint: " + BaseName.MEANING + ".")
    @SuppressWarnings("NullAway.Init")
    private String checkpoint;

    @Option(
            names = "--golden",
            paramLabel = "FILE",
            description =
                    "The reference's numbers, or the folder they are in; by default golden.safetensors beside the checkpoint.")
    private @Nullable Path golden;

    @Option(
            names = "--adapter",
            paramLabel = "RUN",
            description = "Compare the model with this adapter; without it, the base as it is.")
    private @Nullable Path adapter;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the engine; 0 for all cores.")
    private int threads;

    ParityCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Checkpoint base = Home.checkpoint(checkpoint, terminal);
        SafetensorsFile reference = SafetensorsFile.open(goldenFile(base.folder()));
        Optional<AdapterPlan> adapted = Optional.ofNullable(adapter).map(run -> AdapterPlan.of(run, base));
        Program program = GeneratedProgram.of(adapted.map(AdapterPlan::plan).orElseGet(() -> Surgeon.untouched(base)));
        float[] values = adapted.map(with -> with.adapter().values(program.layout(), false))
                .orElseGet(() -> new float[0]);
        List<Difference> differences;
        try (TorchEngine engine = TorchEngine.open("cpu", threads);
                NDManager scope = engine.scope()) {
            Leaves leaves = Leaves.of(engine.ops(scope), program.layout(), values);
            differences = new Parity(engine, base, weights -> program.newModel(weights, leaves)).compare(reference);
        }
        differences.forEach(difference -> terminal.out().println(line(difference)));
        long beyond =
                differences.stream().filter(difference -> !difference.holds()).count();
        terminal.out()
                .println(
                        beyond == 0
                                ? "all " + differences.size() + " within tolerance"
                                : beyond + " of " + differences.size() + " beyond tolerance");
        return beyond == 0 ? ExitCode.DONE : ExitCode.FAILED;
    }

    private Path goldenFile(Path folder) {
        Path given = golden == null ? folder : golden;
        return given.toString().endsWith(".safetensors") ? given : given.resolve("golden.safetensors");
    }

    private static String line(Difference difference) {
        return String.format(
                Locale.ROOT,
                "%-6s %-60s %-12s %.3e (at most %.1e)",
                difference.holds() ? "ok" : "BEYOND",
                difference.name(),
                difference.measure(),
                difference.value(),
                difference.tolerance());
    }
}
