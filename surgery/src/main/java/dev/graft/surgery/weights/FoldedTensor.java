package dev.graft.surgery.weights;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.DType;
import dev.graft.checkpoint.Narrowing;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.TensorInfo;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import java.util.function.Supplier;

/** A stored weight with adapters folded in: widened to fp32, folded, rounded once to its own type, some rows at a time. */
final class FoldedTensor implements AtomicFile.Content {
    private static final int ELEMENTS_AT_ONCE = 1 << 22;

    private final SafetensorsFile source;
    private final TensorInfo tensor;
    private final List<Supplier<Fold>> folds;

    /** @param folds in their order; made when the tensor is written, so that not all are in memory together */
    FoldedTensor(SafetensorsFile source, TensorInfo tensor, List<Supplier<Fold>> folds) {
        this.source = source;
        this.tensor = tensor;
        this.folds = List.copyOf(folds);
    }

    @Override
    public void writeTo(SeekableByteChannel channel) throws IOException {
        List<Fold> made = folds.stream().map(Supplier::get).toList();
        int height = Math.toIntExact(tensor.shape().get(0));
        int width = Math.toIntExact(tensor.elements() / Math.max(1, height));
        int rowsAtOnce = Math.max(1, ELEMENTS_AT_ONCE / Math.max(1, width));
        for (int first = 0; first < height; first += rowsAtOnce) {
            int rows = Math.min(rowsAtOnce, height - first);
            float[] values = source.floats(tensor.name(), (long) first * width, rows * width);
            for (Fold fold : made) {
                fold.apply(values, first, rows, width);
            }
            AtomicFile.writeFully(channel, rounded(tensor.name(), tensor.dtype(), values));
        }
    }

    /**
     * The values as stored.
     *
     * @throws GraftException {@code E_NONFINITE} where one is beyond the type's range
     */
    static ByteBuffer rounded(String name, DType dtype, float[] values) {
        ByteBuffer bytes = Narrowing.bytes(dtype, values, values.length);
        float limit = Narrowing.largest(dtype);
        for (float value : values) {
            if (!(Math.abs(value) <= limit)) {
                throw new GraftException(Issue.error(
                                "E_NONFINITE", "the merged tensor '" + name + "' would have " + value + " as " + dtype)
                        .withFix("the adapter or the base is damaged; merge an earlier adapter"));
            }
        }
        return bytes;
    }
}
