package dev.graft.runtime.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Layout;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.RecomputedPass;
import dev.graft.runtime.model.RoutingLoad;
import dev.graft.runtime.optim.StepGradient;
import dev.graft.runtime.random.RandomKey;
import dev.graft.runtime.train.Metrics.LayerLoad;
import dev.graft.runtime.train.Metrics.StepMetrics;
import dev.graft.runtime.train.Milestones.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A run on the engine. Not thread-safe. */
final class LiveRun implements TrainingRun {
    private static final double NANOS = 1e-9;

    private final TorchEngine engine;
    private final LanguageModel model;
    private final boolean recompute;
    private final int firstTrained;
    private final RandomKey masks;
    private final Steps steps;
    private final BalanceLoss balance;
    private final RouterMetrics routers;
    private final Updater updater;
    private final Milestones milestones;
    private final Interruption interruption;

    private LanguageModel current;
    private @Nullable Tally tally;
    private long started;

    LiveRun(
            TorchEngine engine,
            Program program,
            LanguageModel model,
            RouterMetrics routers,
            Steps steps,
            Updater updater,
            Milestones milestones,
            Interruption interruption) {
        this.engine = engine;
        this.model = model;
        this.current = model;
        this.recompute = program.training().recompute();
        this.firstTrained = program.layout().leaves().stream()
                .mapToInt(Layout.Leaf::layer)
                .min()
                .orElse(0);
        this.masks = RandomKey.of(program.training().seed()).with("dropout".hashCode());
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
    public NDManager newScope() {
        return engine.scope();
    }

    @Override
    public Pass pass(NDManager scope, Step step, List<Example> examples) {
        Ops ops = engine.recording(scope);
        current = recompute ? new RecomputedPass(model, engine, firstTrained) : model;
        return Pass.over(model, ops, examples, step.firstRow(examples)).with(masks.with(step.index()));
    }

    @Override
    public LanguageModel model() {
        return current;
    }

    @Override
    public void backward(Step step, Pass pass, NDArray loss) {
        Ops ops = pass.ops();
        NDArray regular = balance.of(ops, pass.routing(), step);
        if (regular != null) {
            backward(pass, ops.add(loss, regular));
        } else if (pass.supervised() != null && pass.supervised().count() > 0) {
            backward(pass, loss);
        }
        tally().add(loss, regular, pass.routing());
    }

    private void backward(Pass pass, NDArray total) {
        pass.ops().autograd().backward(total);
        if (current instanceof RecomputedPass recomputed) {
            recomputed.backward(pass);
        }
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
