package dev.graft.checkpoint;

import dev.graft.issue.Issue;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Finds infinities and NaNs by their exponent bits, without widening. */
final class NonFinite {
    private static final int PIECE_BYTES = 1 << 26;

    private NonFinite() {}

    static Optional<Issue> issue(SafetensorsFile file, TensorInfo tensor) {
        OptionalLong first = first(file, tensor);
        if (first.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Issue.error(
                        "E_NONFINITE",
                        file.path() + ": tensor " + Excerpt.quoted(tensor.name()) + " " + tensor.dtype() + " "
                                + tensor.shape()
                                + " has an infinity or NaN at index "
                                + coordinates(first.getAsLong(), tensor.shape()))
                .withFix("the weights are damaged; fetch or convert them again"));
    }

    static OptionalLong first(SafetensorsFile file, TensorInfo tensor) {
        if (!tensor.dtype().isFloat()) {
            return OptionalLong.empty();
        }
        int width = tensor.dtype().bits() / Byte.SIZE;
        for (long from = 0; from < tensor.bytes(); from += PIECE_BYTES) {
            ByteBuffer piece = file.bytes(tensor.name(), from, (int) Math.min(PIECE_BYTES, tensor.bytes() - from));
            int found = first(tensor.dtype(), piece, width);
            if (found >= 0) {
                return OptionalLong.of((from + found) / width);
            }
        }
        return OptionalLong.empty();
    }

    /** The byte at which the first such element starts, or -1. */
    private static int first(DType dtype, ByteBuffer piece, int width) {
        for (int at = 0; at < piece.limit(); at += width) {
            boolean nonFinite = switch (dtype) {
                case F64 -> !Double.isFinite(piece.getDouble(at));
                case F32 -> !Float.isFinite(piece.getFloat(at));
                case BF16 -> (piece.getShort(at) & 0x7F80) == 0x7F80;
                default -> (piece.getShort(at) & 0x7C00) == 0x7C00; // F16
            };
            if (nonFinite) {
                return at;
            }
        }
        return -1;
    }

    private static List<Long> coordinates(long index, List<Long> shape) {
        Deque<Long> coordinates = new ArrayDeque<>();
        long rest = index;
        for (int i = shape.size() - 1; i >= 0; i--) {
            coordinates.addFirst(rest % shape.get(i));
            rest /= shape.get(i);
        }
        return List.copyOf(coordinates);
    }
}
