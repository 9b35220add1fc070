package dev.graft.surgery.weights;

import dev.graft.catalog.Architecture;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.DType;
import dev.graft.checkpoint.TensorInfo;
import dev.graft.dsl.RouterInit;
import dev.graft.surgery.HostRouter;
import java.util.List;
import java.util.Optional;

/** A router with null experts: n pretrained rows and m rows of null experts, as they are before training. */
final class WidenedRouter {
    private final Checkpoint base;
    private final HostRouter host;
    private final NullRows drawn;
    private final TensorInfo gate;
    private final int width;

    WidenedRouter(Checkpoint base, HostRouter host, NullRows drawn) {
        this.base = base;
        this.host = host;
        this.drawn = drawn;
        this.gate = base.tensor(host.module() + Merge.WEIGHT);
        this.width = Math.toIntExact(gate.shape().get(1));
    }

    /** The pretrained rows' tensor. */
    TensorInfo gate() {
        return gate;
    }

    /** Module of the null experts' rows, where they stand apart. */
    String nullModule() {
        return host.module() + Architecture.MoeNames.NULLS;
    }

    /** The tensor of the null experts' rows in the base, if they stand apart there. */
    Optional<TensorInfo> storedNulls() {
        return base.find(nullModule() + Merge.WEIGHT);
    }

    int nulls() {
        return host.router().nulls().count();
    }

    List<Long> nullShape() {
        return List.of((long) nulls(), (long) width);
    }

    /** Copies keep the type of what they copy, bit for bit; drawn rows are fp32. */
    DType nullType() {
        return isDrawn() ? DType.F32 : gate.dtype();
    }

    private boolean isDrawn() {
        return host.added() > 0 && host.router().init() == RouterInit.NORMAL;
    }

    /** [n, d]. */
    float[] trueRows() {
        return base.shardOf(gate).floats(gate.name(), 0, host.experts() * width);
    }

    /** [m, d]. */
    float[] nullRows() {
        if (isDrawn()) {
            return drawn.draw(nullModule(), nulls(), width);
        }
        if (host.added() > 0) {
            return copies(trueRows());
        }
        return storedNulls()
                .map(rows -> base.shardOf(rows).floats(rows.name()))
                .orElseGet(
                        () -> base.shardOf(gate).floats(gate.name(), (long) host.experts() * width, nulls() * width));
    }

    private float[] copies(float[] trueRows) {
        float[] rows = new float[nulls() * width];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = trueRows[i % trueRows.length];
        }
        return rows;
    }
}
