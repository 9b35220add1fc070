package dev.graft.runtime.train;

import ai.djl.ndarray.NDManager;
import dev.graft.dsl.Training;
import dev.graft.issue.GraftException;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.engine.Workers;
import dev.graft.runtime.model.Weights;

/** Runs a program on a base and its data, from the checks before anything is loaded to the published folder. */
public final class Trainer {
    private Trainer() {}

    /**
     * Trains.
     *
     * @throws GraftException for every input that is refused; nothing is written then. {@code E_NONFINITE} where the run
     *     gets nowhere, {@code E_MEMORY} where the memory does not suffice, {@code E_CHANGED} where the base changed,
     *     {@code E_NOSPACE} where the disk is full: its last state is in {@code OUT.partial} then
     */
    public static RunResult run(Program program, RunRequest request, Monitor monitor) {
        return run(program, request, monitor, new Interruption());
    }

    /** The same for a run that can be asked to stop. */
    public static RunResult run(Program program, RunRequest request, Monitor monitor, Interruption interruption) {
        RunInputs inputs = RunInputs.check(program, request);
        Training training = program.training();
        try (RunFolder folder = RunFolder.open(request);
                TorchEngine engine = TorchEngine.open(training.device(), training.threads());
                Workers workers = engine.workers(Split.most(program.layout(), training));
                Weights weights = new Weights(engine, inputs.base(), ElementType.of(training.precision()));
                NDManager lasting = engine.scope()) {
            return new Session(inputs, folder, workers, weights, lasting).run(monitor, interruption);
        } catch (OutOfMemoryError e) {
            throw MemoryShortage.of(e, inputs.memory());
        }
    }
}
