package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** An adapter and the base that it was trained on. */
final class AdapterArgument {
    @Option(
            names = "--base",
            required = true,
            paramLabel = BaseName.LABEL,
            description = "The checkpoint that the adapter was trained on: " + BaseName.MEANING + ".")
    @SuppressWarnings("NullAway.Init")
    private String base;

    @Option(
            names = "--adapter",
            required = true,
            paramLabel = "RUN",
            description = "A run's folder or its adapter.safetensors.")
    @SuppressWarnings("NullAway.Init")
    private Path adapter;

    /** @param terminal hears of a download */
    Checkpoint base(Terminal terminal) {
        return Home.checkpoint(base, terminal);
    }

    /** @throws dev.graft.issue.GraftException see {@link AdapterPlan#of} */
    AdapterPlan on(Checkpoint checkpoint) {
        return AdapterPlan.of(adapter, checkpoint);
    }
}
