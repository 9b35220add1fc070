package dev.graft.runtime.train;

import dev.graft.runtime.train.Metrics.Collapse;
import dev.graft.runtime.train.Metrics.RunStart;
import dev.graft.runtime.train.Metrics.StepMetrics;
import dev.graft.runtime.train.Metrics.ValidationMetrics;
import java.nio.file.Path;
import java.util.List;

/** Hears what a run does; what it throws ends the run. */
public interface Monitor {
    /** Hears nothing. */
    Monitor SILENT = new Monitor() {};

    /** Everything is loaded; the next step is the first, or the one after the saved state's. */
    default void started(RunStart start) {}

    default void stepped(StepMetrics step) {}

    default void validated(ValidationMetrics validation) {}

    /** At least one router has, with this step, left experts without tokens for long, or given one nearly all. */
    default void collapsed(List<Collapse> routers) {}

    /** The state after this step is on the disk. */
    default void saved(long step) {}

    /** All files of the run are in {@code folder}; what is added to it now is published with them. */
    default void completed(Path folder) {}
}
