package dev.graft.runtime.train;

import dev.graft.runtime.train.Metrics.Flops;
import dev.graft.runtime.train.Metrics.LayerLoad;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Counts what a token costs where routers let so much through: whoever made the plan knows, the program does not. */
public interface FlopsCount {
    /** Counts nothing. */
    FlopsCount NONE = layers -> null;

    /** Null where nothing is counted, or where the load can't change the costs. */
    @Nullable
    Flops of(List<LayerLoad> layers);
}
