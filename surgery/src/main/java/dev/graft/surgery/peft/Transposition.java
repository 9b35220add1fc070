package dev.graft.surgery.peft;

/** PEFT stores B as [o, r], Graft as [r, o]. */
final class Transposition {
    private Transposition() {}

    /** [columns, rows] of [rows, columns], row-major. */
    static float[] of(float[] values, int rows, int columns) {
        float[] transposed = new float[values.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                transposed[column * rows + row] = values[row * columns + column];
            }
        }
        return transposed;
    }
}
