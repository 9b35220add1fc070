package dev.graft.runtime.engine;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The reference of a mixture-of-experts block: a plain loop over tokens and experts in doubles.
 *
 * @param gate [F, d] of each expert; up likewise; down [d, F]
 * @param loras of gate, up and down; empty for frozen experts
 */
record PlainBlock(List<double[][]> gate, List<double[][]> up, List<double[][]> down, List<Lora> loras) {

    /**
     * LoRA of one role in every expert.
     *
     * @param a first factors [r, in]
     * @param b second factors [r, out]
     * @param mask what dropout multiplies the input of each token with: [T][in]
     */
    record Lora(List<double[][]> a, List<double[][]> b, double scale, List<double[]> mask) {}

    /** A stack of equal matrices, one below the other, taken apart. */
    static List<double[][]> experts(double[][] stacked, int rows) {
        return IntStream.range(0, stacked.length / rows)
                .mapToObj(e -> Arrays.copyOfRange(stacked, e * rows, (e + 1) * rows))
                .toList();
    }

    /** weights [T, n] and share [T] → [T, d] */
    double[][] of(double[][] x, double[][] weights, double[] share) {
        double[][] y = new double[x.length][x[0].length];
        for (int t = 0; t < x.length; t++) {
            for (int c = 0; c < y[t].length; c++) {
                y[t][c] = share[t] * x[t][c];
            }
            for (int e = 0; e < gate.size(); e++) {
                if (weights[t][e] != 0) {
                    double[] g = linear(gate.get(e), x[t], 0, e, t);
                    double[] u = linear(up.get(e), x[t], 1, e, t);
                    double[] h = new double[g.length];
                    for (int f = 0; f < h.length; f++) {
                        h[f] = g[f] / (1 + Math.exp(-g[f])) * u[f];
                    }
                    double[] out = linear(down.get(e), h, 2, e, t);
                    for (int c = 0; c < out.length; c++) {
                        y[t][c] += weights[t][e] * out[c];
                    }
                }
            }
        }
        return y;
    }

    private double[] linear(double[][] weight, double[] x, int role, int expert, int token) {
        double[] y = new double[weight.length];
        for (int o = 0; o < y.length; o++) {
            y[o] = dot(weight[o], x);
        }
        if (!loras.isEmpty()) {
            Lora lora = loras.get(role);
            double[] kept = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                kept[i] = x[i] * lora.mask.get(token)[i];
            }
            for (int r = 0; r < lora.a.get(expert).length; r++) {
                double h = lora.scale * dot(lora.a.get(expert)[r], kept);
                for (int o = 0; o < y.length; o++) {
                    y[o] += h * lora.b.get(expert)[r][o];
                }
            }
        }
        return y;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
