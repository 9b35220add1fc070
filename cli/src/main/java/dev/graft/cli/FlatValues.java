package dev.graft.cli;

import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Leaf;
import java.util.List;
import java.util.function.Function;

/** The values of all trainable tensors of a plan, in the order of the flat buffer. */
final class FlatValues {
    private FlatValues() {}

    /** @param tensors the elements of each tensor of the plan, by its name */
    static float[] of(InjectionPlan plan, Function<String, float[]> tensors) {
        List<Leaf.Piece> pieces = plan.pieces();
        float[] values = new float
                [Math.toIntExact(pieces.stream().mapToLong(Leaf.Piece::elements).sum())];
        int at = 0;
        for (Leaf.Piece piece : pieces) {
            float[] own = tensors.apply(piece.tensor());
            System.arraycopy(own, 0, values, at, own.length);
            at += own.length;
        }
        return values;
    }
}
