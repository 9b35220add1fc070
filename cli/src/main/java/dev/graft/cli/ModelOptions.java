package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Training;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A base and, if it is patched, its adapter. */
final class ModelOptions {
    @Option(
            names = "--base",
            required = true,
            paramLabel = BaseName.LABEL,
            description = "The checkpoint: " + BaseName.MEANING + ".")
    @SuppressWarnings("NullAway.Init")
    private String base;

    @Option(
            names = "--adapter",
            paramLabel = "RUN",
            description = "A run's folder or its adapter.safetensors; without it, the base as it is.")
    private @Nullable Path adapter;

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            defaultValue = "FP32",
            description = "Of frozen weights and activations: ${COMPLETION-CANDIDATES}; by default ${DEFAULT-VALUE}.")
    @SuppressWarnings("NullAway.Init")
    private Training.Precision precision;

    @Option(names = "--device", paramLabel = "NAME", defaultValue = "cpu", description = "cpu, cuda or cuda:N.")
    @SuppressWarnings("NullAway.Init")
    private String device;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the engine; 0 for all cores.")
    private int threads;

    Checkpoint base(Terminal terminal) {
        return Home.checkpoint(base, terminal);
    }

    TorchEngine engine() {
        OptionValues.requireAtLeast("--threads", threads, 0);
        return TorchEngine.open(device, threads);
    }

    boolean hasAdapter() {
        return adapter != null;
    }

    /** The base as it is, whether an adapter is named or not. */
    LoadedModel untouched(TorchEngine engine, Checkpoint checkpoint) {
        return LoadedModel.untouched(
                engine, GeneratedProgram.of(Surgeon.untouched(checkpoint)), checkpoint, ElementType.of(precision));
    }

    /** The model, patched as the adapter's own spec says. */
    LoadedModel load(TorchEngine engine, Checkpoint checkpoint) {
        ElementType type = ElementType.of(precision);
        Path given = adapter;
        if (given == null) {
            return untouched(engine, checkpoint);
        }
        AdapterPlan adapted = AdapterPlan.of(given, checkpoint);
        return LoadedModel.adapted(
                engine,
                GeneratedProgram.of(adapted.plan()),
                checkpoint,
                type,
                adapted.adapter().file().path());
    }
}
