package dev.graft.runtime.train;

import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Training;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.adapter.AdapterHeader;
import dev.graft.runtime.adapter.BaseIdentity;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.CausalModel;
import dev.graft.runtime.model.Layout;
import dev.graft.runtime.model.Weights;
import dev.graft.runtime.train.Metrics.RunEnd;
import dev.graft.runtime.train.Metrics.RunStart;
import java.util.Optional;

/** Runs a program on a base and its data, from the checks before anything is loaded to the published folder. */
public final class Trainer {
    private static final double NANOS = 1e-9;

    private final Program program;
    private final RunRequest request;
    private final Monitor monitor;
    private final Interruption interruption;
    private final long started = System.nanoTime();

    private Trainer(Program program, RunRequest request, Monitor monitor, Interruption interruption) {
        this.program = program;
        this.request = request;
        this.monitor = monitor;
        this.interruption = interruption;
    }

    /**
     * Trains.
     *
     * @throws GraftException for every input that is refused; nothing is written then. {@code E_NONFINITE} where the run
     *     gets nowhere, {@code E_MEMORY} where the memory does not suffice, {@code E_CHANGED} where the base changed: its
     *     last state is in {@code OUT.partial} then
     */
    public static RunResult run(Program program, RunRequest request, Monitor monitor) {
        return run(program, request, monitor, new Interruption());
    }

    /** The same for a run that can be asked to stop. */
    public static RunResult run(Program program, RunRequest request, Monitor monitor, Interruption interruption) {
        return new Trainer(program, request, monitor, interruption).run();
    }

    private RunResult run() {
        Training training = program.training();
        Checkpoint base = Checkpoint.open(request.base());
        PlanText plan = PlanText.of(request.plan());
        plan.requireFits(program, base);
        RunData data;
        try (Tokenizer tokenizer = Tokenizer.open(request.base())) {
            data = RunData.read(request, base, tokenizer, training);
        }
        MemoryEstimate memory =
                MemoryEstimate.of(base, program.layout(), training, data.largestPass(training.microBatch()));
        if (!request.force()) {
            memory.requireFits(MachineMemory.available(training.device()));
        }
        try (RunFolder folder = RunFolder.open(request);
                TorchEngine engine = TorchEngine.open(training.device(), training.threads());
                Weights weights = new Weights(engine, base, precision(training));
                NDManager lasting = engine.scope()) {
            return train(plan, base, data, folder, weights, lasting);
        } catch (OutOfMemoryError e) {
            throw outOfMemory(memory, e);
        } catch (IllegalStateException e) {
            String message = String.valueOf(e.getMessage()).toLowerCase(java.util.Locale.ROOT);
            throw message.contains("memory") ? outOfMemory(memory, e) : e;
        }
    }

    private RunResult train(
            PlanText plan, Checkpoint base, RunData data, RunFolder folder, Weights weights, NDManager lasting) {
        TorchEngine engine = weights.engine();
        Training training = program.training();
        Layout layout = program.layout();
        BaseIdentity identity = BaseIdentity.of(base);
        RunIdentity run = new RunIdentity(program.planHash(), identity.content(), data.hash());
        Optional<TrainingState> state = folder.state();
        state.ifPresent(saved -> run.requireSame(saved.run()));
        Steps steps = new Steps(training, data.training().examples());
        Updater updater = new Updater(engine, engine.ops(lasting), layout, training);
        state.ifPresentOrElse(
                saved -> {
                    steps.seek(saved.step(), saved.cursor());
                    updater.values(saved.values());
                    updater.optimizer(saved.optimizer());
                },
                () -> updater.values(new StartValues(engine, training.seed()).of(layout)));
        CausalModel model = program.newModel(weights, updater.leaves(layout));
        folder.keep(request.plan());
        try (MetricsLog log = folder.metrics(state.map(TrainingState::metrics).orElse(0L))) {
            Validation validation = new Validation(
                    engine, model, layout, data.validationExamples(), training.microBatch(), interruption);
            AdapterHeader header = new AdapterHeader(program.modelHash(), program.planHash(), 0, plan.spec(), identity);
            Saver saver = new Saver(base, run, header, layout, steps, updater, folder, log);
            Milestones milestones = new Milestones(
                    training,
                    steps,
                    validation,
                    saver,
                    log,
                    monitor,
                    interruption,
                    state.map(TrainingState::progress).orElse(Progress.START));
            RunStart start = RunDescription.of(program, steps, data);
            log.write(state.isPresent() ? "resume" : "start", start);
            monitor.started(start);
            milestones.begin();
            program.train(new LiveRun(engine, program, model, steps, updater, milestones, interruption));
            return end(steps, milestones, saver, folder, log);
        }
    }

    private RunResult end(Steps steps, Milestones milestones, Saver saver, RunFolder folder, MetricsLog log) {
        Progress progress = milestones.progress();
        if (!milestones.complete()) {
            return new RunResult(folder.path(), true, steps.made(), progress.skipped(), milestones.last());
        }
        Progress.Best best = progress.best();
        saver.adapter(RunFolder.ADAPTER);
        log.write(
                "end",
                new RunEnd(
                        steps.made(),
                        progress.skipped(),
                        best == null ? null : best.step(),
                        best == null ? null : best.loss(),
                        (System.nanoTime() - started) * NANOS));
        monitor.completed(folder.path());
        folder.publish();
        return new RunResult(request.out(), false, steps.made(), progress.skipped(), milestones.last());
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
