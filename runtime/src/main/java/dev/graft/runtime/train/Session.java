package dev.graft.runtime.train;

import ai.djl.ndarray.NDManager;
import dev.graft.dsl.Training;
import dev.graft.runtime.adapter.AdapterHeader;
import dev.graft.runtime.adapter.BaseIdentity;
import dev.graft.runtime.data.Dataset;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.engine.Workers;
import dev.graft.runtime.model.Layout;
import dev.graft.runtime.model.Weights;
import dev.graft.runtime.train.Metrics.RunEnd;
import java.util.Optional;

/** A run with everything loaded: at its beginning, or where a saved state left it. */
final class Session {
    private static final double NANOS = 1e-9;

    private final long started = System.nanoTime();
    private final RunInputs inputs;
    private final RunFolder folder;
    private final TorchEngine engine;
    private final BaseIdentity base;
    private final RunIdentity identity;
    private final Optional<TrainingState> state;
    private final Steps steps;
    private final Updater updater;
    private final Replicas replicas;

    /** @param lasting owner of the trainable tensors and the optimizer's state */
    Session(RunInputs inputs, RunFolder folder, Workers workers, Weights weights, NDManager lasting) {
        Program program = inputs.program();
        Layout layout = program.layout();
        this.inputs = inputs;
        this.folder = folder;
        this.engine = weights.engine();
        this.base = BaseIdentity.of(inputs.base());
        Optional<StartAdapter> start = inputs.request().start();
        this.identity = new RunIdentity(
                program.planHash(),
                base.content(),
                inputs.data().hash(),
                start.map(StartAdapter::hash).orElse(""));
        this.state = folder.state();
        state.ifPresent(saved -> identity.requireSame(saved.run()));
        this.steps = new Steps(inputs.training(), inputs.data().training().examples());
        this.updater = new Updater(engine, engine.ops(lasting), layout, inputs.training(), workers.count());
        state.ifPresentOrElse(
                saved -> {
                    steps.seek(saved.step(), saved.cursor());
                    updater.values(saved.values());
                    updater.optimizer(saved.optimizer());
                },
                () -> updater.values(start.map(StartAdapter::values)
                        .orElseGet(() -> new StartValues(
                                        engine, inputs.base(), inputs.training().seed())
                                .of(layout))));
        this.replicas = new Replicas(workers, program, weights, updater);
    }

    RunResult run(Monitor monitor, Interruption interruption) {
        Program program = inputs.program();
        Training training = inputs.training();
        folder.keep(inputs.request().plan(), updater.elements());
        Watching watching = inputs.request().watching();
        Progress progress = state.map(TrainingState::progress).orElse(Progress.START);
        RouterMetrics routers = new RouterMetrics(program.layout(), watching.flops());
        try (RunLog log =
                folder.log(state.map(TrainingState::logs).orElse(RunLog.Lengths.NOTHING), watching.routingEvery())) {
            Monitor all = Monitors.of(log, monitor);
            AdapterHeader header = new AdapterHeader(
                    program.modelHash(), program.planHash(), 0, inputs.plan().spec(), base, identity.start());
            Saver saver = new Saver(inputs.base(), identity, header, program.layout(), steps, updater, folder, log);
            Validation validation = new Validation(
                    engine,
                    replicas.first(),
                    routers,
                    inputs.data().validation().orElse(Dataset.NONE),
                    inputs.data().passage(),
                    training.microBatch(),
                    interruption);
            Milestones milestones = new Milestones(
                    training,
                    steps,
                    validation,
                    saver,
                    all,
                    new CollapseWatch(watching.collapseAfter(), progress.streaks()),
                    interruption,
                    progress);
            all.started(RunDescription.of(program, steps, inputs.data(), inputs.request(), identity));
            milestones.begin();
            program.train(new LiveRun(engine, replicas, routers, steps, updater, milestones, interruption));
            boolean complete = milestones.complete();
            if (complete) {
                saver.adapter(RunFolder.ADAPTER);
                validation.passage(steps.made()).ifPresent(log::passage);
                log.ended(end(milestones.progress()));
                monitor.completed(folder.path());
                folder.publish();
            }
            return new RunResult(
                    complete ? inputs.request().out() : folder.path(),
                    !complete,
                    steps.made(),
                    milestones.progress().skipped(),
                    milestones.first(),
                    milestones.last());
        }
    }

    private RunEnd end(Progress progress) {
        Progress.Best best = progress.best();
        return new RunEnd(
                steps.made(),
                progress.skipped(),
                best == null ? null : best.step(),
                best == null ? null : best.loss(),
                (System.nanoTime() - started) * NANOS);
    }
}
