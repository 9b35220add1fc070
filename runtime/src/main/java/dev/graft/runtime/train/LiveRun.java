package dev.graft.runtime.train;

import dev.graft.runtime.data.Example;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.RoutingLoad;
import dev.graft.runtime.optim.StepGradient;
import dev.graft.runtime.train.Metrics.LayerLoad;
import dev.graft.runtime.train.Metrics.StepMetrics;
import dev.graft.runtime.train.Milestones.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A run on the engine; its loop is one thread. */
final class LiveRun implements TrainingRun {
    private static final double NANOS = 1e-9;

    private final TorchEngine engine;
    private final Replicas replicas;
    private final Steps steps;
    private final BalanceLoss balance;
    private final RouterMetrics routers;
    private final Updater updater;
    private final Milestones milestones;
    private final Interruption interruption;

    private @Nullable Tally tally;
    private long started;

    LiveRun(
            TorchEngine engine,
            Replicas replicas,
            RouterMetrics routers,
            Steps steps,
            Updater updater,
            Milestones milestones,
            Interruption interruption) {
        this.engine = engine;
        this.replicas = replicas;
        this.steps = steps;
        this.balance = new BalanceLoss(steps.total());
        this.routers = routers;
        this.updater = updater;
        this.milestones = milestones;
        this.interruption = interruption;
    }

    @Override
    public boolean hasNext() {
        return steps.hasNext() && !interruption.requested();
    }

    @Override
    public Step next() {
        started = System.nanoTime();
        tally = new Tally(engine);
        return steps.next();
    }

    @Override
    public Passes passes(Step step, List<Example> examples) {
        return replicas.passes(step, examples);
    }

    @Override
    public void backward(Step step, Passes passes) {
        passes.backward(step, balance);
        passes.addTo(tally());
    }

    @Override
    public void update(Step step) {
        try (Tally done = tally()) {
            if (step.supervised() == 0) {
                milestones.after(metrics(step, done, Double.NaN, Double.NaN, true), Outcome.EMPTY);
                return;
            }
            StepGradient.Summary summary = updater.update(step, done.loss());
            milestones.after(
                    metrics(step, done, summary.loss(), summary.norm(), !summary.finite()),
                    summary.finite() ? Outcome.TAKEN : Outcome.NOT_FINITE);
        }
    }

    private StepMetrics metrics(Step step, Tally done, double loss, double norm, boolean skipped) {
        Double regular = done.balance();
        RoutingLoad load = done.load();
        List<LayerLoad> layers = routers.rounded(load);
        double seconds = (System.nanoTime() - started) * NANOS;
        return new StepMetrics(
                step.index(),
                step.epoch(),
                Metrics.finiteOrNull(loss),
                regular == null ? null : Metrics.finiteOrNull(regular / Math.max(1, step.supervised())),
                step.rate(),
                Metrics.finiteOrNull(norm),
                step.tokens(),
                seconds,
                step.tokens() / seconds,
                Metrics.orNull(load.mean()),
                skipped,
                routers.flops(layers),
                layers);
    }

    private Tally tally() {
        Tally open = tally;
        if (open == null) {
            throw new IllegalStateException("no step is open: call next() first");
        }
        return open;
    }
}
