package dev.graft.surgery.weights;

import java.util.stream.IntStream;

/** What a trained adapter does to a weight [o, d], in fp32 and in place. */
sealed interface Fold {

    /**
     * @param values rows of the weight, one after the other
     * @param first which row of the weight is the first of them
     */
    void apply(float[] values, int first, int rows, int width);

    /**
     * W + scale · Bᵀ A.
     *
     * @param a [r, d]
     * @param b [r, o]
     */
    @SuppressWarnings("ArrayRecordComponent")
    record LowRank(float[] a, float[] b, int rank, double scale) implements Fold {
        @Override
        public void apply(float[] values, int first, int rows, int width) {
            int out = b.length / rank;
            IntStream.range(0, rows).parallel().forEach(row -> {
                for (int r = 0; r < rank; r++) {
                    float factor = (float) (scale * b[r * out + first + row]);
                    addScaled(values, row * width, factor, r * width, width);
                }
            });
        }

        private void addScaled(float[] values, int at, float factor, int from, int width) {
            for (int i = 0; i < width; i++) {
                values[at + i] += factor * a[from + i];
            }
        }
    }

    /**
     * The weight as it was trained itself.
     *
     * @param weight [o, d]
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Replaced(float[] weight) implements Fold {
        @Override
        public void apply(float[] values, int first, int rows, int width) {
            System.arraycopy(weight, first * width, values, 0, rows * width);
        }
    }

    /**
     * diag(l) W: an (IA)³ vector on the output.
     *
     * @param vector [o]
     */
    @SuppressWarnings("ArrayRecordComponent")
    record ScaledRows(float[] vector) implements Fold {
        @Override
        public void apply(float[] values, int first, int rows, int width) {
            for (int i = 0; i < rows * width; i++) {
                values[i] *= vector[first + i / width];
            }
        }
    }

    /**
     * W diag(l): an (IA)³ vector on the input.
     *
     * @param vector [d]
     */
    @SuppressWarnings("ArrayRecordComponent")
    record ScaledColumns(float[] vector) implements Fold {
        @Override
        public void apply(float[] values, int first, int rows, int width) {
            for (int i = 0; i < rows * width; i++) {
                values[i] *= vector[i % width];
            }
        }
    }
}
