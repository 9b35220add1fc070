package dev.graft.runtime.train;

import ai.djl.ndarray.NDManager;
import dev.graft.dsl.Training;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.Weights;
import java.util.Locale;

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
                Weights weights = new Weights(engine, inputs.base(), precision(training));
                NDManager lasting = engine.scope()) {
            return new Session(inputs, folder, weights, lasting).run(monitor, interruption);
        } catch (OutOfMemoryError e) {
            throw outOfMemory(inputs.memory(), e);
        } catch (IllegalStateException e) {
            boolean memory =
                    String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("memory");
            throw memory ? outOfMemory(inputs.memory(), e) : e;
        }
    }

    private static ElementType precision(Training training) {
        return training.precision() == Training.Precision.BF16 ? ElementType.BF16 : ElementType.FP32;
    }

    private static GraftException outOfMemory(MemoryEstimate estimate, Throwable cause) {
        return new GraftException(
                Issue.error(
                                "E_MEMORY",
                                "the memory did not suffice (" + cause.getMessage() + "); estimated were " + estimate)
                        .withFix("lower microBatch or length, or use recompute() or bf16; --resume goes on from the"
                                + " last saved state"),
                cause);
    }
}
