package dev.graft.cli;

import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Training settings that the command line changes before the plan is made, so that its hash records them. */
final class Overrides {
    @Option(names = "--threads", paramLabel = "N", description = "Threads of the engine; 0 for all cores.")
    private @Nullable Integer threads;

    @Option(names = "--device", paramLabel = "NAME", description = "cpu, cuda or cuda:N.")
    private @Nullable String device;

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            description = "Of frozen weights and activations: ${COMPLETION-CANDIDATES}.")
    private Training.@Nullable Precision precision;

    @Option(names = "--lr", paramLabel = "RATE", description = "Peak learning rate.")
    private @Nullable Double rate;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Passes over the data; lifts a limit of steps that the spec sets.")
    private @Nullable Integer epochs;

    @Option(names = "--steps", paramLabel = "N", description = "Optimizer steps after which the run ends.")
    private @Nullable Integer steps;

    @Option(names = "--seed", paramLabel = "N", description = "Of initialisation, order and dropout.")
    private @Nullable Long seed;

    @Option(
            names = "--recompute",
            description = "Compute a layer's activations again in the backward pass: less memory, more time.")
    private boolean recompute;

    Surgery apply(Surgery surgery) {
        Training training = surgery.training();
        return surgery.withTraining(training.with(t -> {
            given(threads, t::threads);
            given(device, t::device);
            given(precision, t::precision);
            given(rate, value -> t.optimizer(training.optimizer().withRate(value)));
            given(epochs, value -> t.epochs(value).allSteps());
            given(steps, t::steps);
            given(seed, t::seed);
            if (recompute) {
                t.recompute();
            }
        }));
    }

    private static <T> void given(@Nullable T value, Consumer<T> set) {
        if (value != null) {
            set.accept(value);
        }
    }
}
