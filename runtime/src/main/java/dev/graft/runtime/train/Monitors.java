package dev.graft.runtime.train;

import dev.graft.runtime.train.Metrics.Collapse;
import dev.graft.runtime.train.Metrics.RunStart;
import dev.graft.runtime.train.Metrics.StepMetrics;
import dev.graft.runtime.train.Metrics.ValidationMetrics;
import java.nio.file.Path;
import java.util.List;

/** Several who hear what a run does, one after the other. */
public record Monitors(List<Monitor> all) implements Monitor {
    public Monitors {
        all = List.copyOf(all);
    }

    public static Monitors of(Monitor... all) {
        return new Monitors(List.of(all));
    }

    @Override
    public void started(RunStart start) {
        all.forEach(each -> each.started(start));
    }

    @Override
    public void stepped(StepMetrics step) {
        all.forEach(each -> each.stepped(step));
    }

    @Override
    public void validated(ValidationMetrics validation) {
        all.forEach(each -> each.validated(validation));
    }

    @Override
    public void collapsed(List<Collapse> routers) {
        all.forEach(each -> each.collapsed(routers));
    }

    @Override
    public void saved(long step) {
        all.forEach(each -> each.saved(step));
    }

    @Override
    public void completed(Path folder) {
        all.forEach(each -> each.completed(folder));
    }
}
