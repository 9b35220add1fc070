package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.Rows;
import dev.graft.runtime.engine.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A batch with padding on the right, as ragged rows.
 *
 * @param ids of the T real tokens
 * @param places of the real tokens among B·S: int64 [T]
 * @param batch B
 * @param width S
 */
record PaddedRows(NDArray ids, Rows rows, NDArray places, long batch, long width) {

    /**
     * Leaves the padding out.
     *
     * @param ids int64 [B, S]
     * @param mask ones and zeros [B, S]; null where nothing is padded
     */
    static PaddedRows of(Ops ops, NDArray ids, @Nullable NDArray mask) {
        int batch = Math.toIntExact(ids.getShape().get(0));
        int width = Math.toIntExact(ids.getShape().get(1));
        long[] real = mask == null ? null : ops.longs(mask);
        List<Segment> segments = new ArrayList<>();
        long[] places = new long[batch * width];
        int tokens = 0;
        for (int row = 0; row < batch; row++) {
            int length = 0;
            while (length < width && (real == null || real[row * width + length] != 0)) {
                places[tokens++] = (long) row * width + length++;
            }
            segments.add(Segment.of(length));
        }
        NDArray at = ops.upload(Arrays.copyOf(places, tokens));
        NDArray flat = ops.rowsAt(ops.view(ids, (long) batch * width), at);
        return new PaddedRows(flat, Rows.of(ops, segments), at, batch, width);
    }

    /** The reverse: x [T, o] to [B, S, o], zero at padding. */
    NDArray padded(Ops ops, NDArray x) {
        return ops.view(ops.scatterRows(x, places, batch * width), batch, width, -1);
    }
}
