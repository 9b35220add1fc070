package dev.graft.runtime.train;

import dev.graft.runtime.train.Metrics.Collapse;
import dev.graft.runtime.train.Metrics.Passage;
import dev.graft.runtime.train.Metrics.RunEnd;
import dev.graft.runtime.train.Metrics.RunStart;
import dev.graft.runtime.train.Metrics.StepMetrics;
import dev.graft.runtime.train.Metrics.ValidationMetrics;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Keeps what a run tells: everything in {@code metrics.jsonl}, and the curves also as TensorBoard reads them. */
final class RunLog implements Monitor, AutoCloseable {
    private static final double MILLIS = 1e-3;

    private final int routingEvery;
    private final AppendedFile lines;
    private final AppendedFile curves;
    private final MetricsLog metrics;
    private final EventLog events;

    private RunLog(AppendedFile lines, AppendedFile curves, int routingEvery) {
        this.lines = lines;
        this.curves = curves;
        this.routingEvery = routingEvery;
        this.metrics = new MetricsLog(lines);
        this.events = new EventLog(curves, now());
    }

    /**
     * How far both files go.
     *
     * @param metrics bytes of {@code metrics.jsonl}
     * @param events bytes of TensorBoard's file
     */
    record Lengths(long metrics, long events) {
        static final Lengths NOTHING = new Lengths(0, 0);
    }

    /**
     * Goes on behind what a saved state knows of; what follows is cut off.
     *
     * @param routingEvery steps from one that tells what every router decided to the next; 0 for none
     */
    static RunLog open(Path folder, Lengths known, int routingEvery) {
        AppendedFile lines = AppendedFile.open(folder.resolve(MetricsLog.NAME), known.metrics());
        try {
            return new RunLog(lines, AppendedFile.open(folder.resolve(EventLog.NAME), known.events()), routingEvery);
        } catch (RuntimeException e) {
            lines.close();
            throw e;
        }
    }

    @Override
    public void started(RunStart start) {
        metrics.write(start.step() > 0 ? "resume" : "start", start);
    }

    @Override
    public void stepped(StepMetrics step) {
        boolean routing = routingEvery > 0 && step.step() % routingEvery == 0;
        metrics.write("step", routing ? step : step.withoutRouting());
        write(step.step(), RunScalars.of(step, routing));
    }

    @Override
    public void validated(ValidationMetrics validation) {
        metrics.write("validation", validation);
        write(validation.step(), RunScalars.of(validation));
    }

    @Override
    public void collapsed(List<Collapse> routers) {
        routers.forEach(collapse -> metrics.write("collapse", collapse));
    }

    void passage(Passage passage) {
        metrics.write("passage", passage);
    }

    void ended(RunEnd end) {
        metrics.write("end", end);
    }

    private void write(long step, Map<String, Double> scalars) {
        events.write(now(), step, scalars);
    }

    private static double now() {
        return System.currentTimeMillis() * MILLIS;
    }

    /** How far both go now, all of it on the disk. */
    Lengths synced() {
        return new Lengths(lines.synced(), curves.synced());
    }

    @Override
    public void close() {
        try (lines;
                curves) {
            // both, whatever the first one says
        }
    }
}
