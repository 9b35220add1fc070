package dev.graft.runtime.engine;

import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The reference of the composites' tests: matrices as rows of doubles, every operation a plain loop. */
final class Plain {
    private Plain() {}

    /** Numbers that bf16 and fp32 hold exactly, so that every precision starts from the same ones. */
    static double[][] random(long seed, int rows, int columns) {
        Random random = new Random(seed);
        double[][] x = new double[rows][columns];
        for (double[] row : x) {
            for (int j = 0; j < columns; j++) {
                row[j] = (random.nextInt(129) - 64) / 64.0;
            }
        }
        return x;
    }

    static double[][] map(double[][] x, DoubleUnaryOperator f) {
        return IntStream.range(0, x.length)
                .mapToObj(i -> java.util.Arrays.stream(x[i]).map(f).toArray())
                .toArray(double[][]::new);
    }

    static double[][] transpose(double[][] x) {
        double[][] y = new double[x[0].length][x.length];
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < x[0].length; j++) {
                y[j][i] = x[i][j];
            }
        }
        return y;
    }

    /** Some columns of x. */
    static double[][] columns(double[][] x, int start, int count) {
        return IntStream.range(0, x.length)
                .mapToObj(i -> java.util.Arrays.copyOfRange(x[i], start, start + count))
                .toArray(double[][]::new);
    }

    /** The rows of a and below them those of b. */
    static double[][] below(double[][] a, double[][] b) {
        return Stream.of(a, b).flatMap(Stream::of).toArray(double[][]::new);
    }

    /** a [n, k] times b [k, m]. */
    static double[][] times(double[][] a, double[][] b) {
        double[][] y = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < b[0].length; j++) {
                for (int k = 0; k < b.length; k++) {
                    y[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return y;
    }

    static double[][] plus(double[][] a, double[][] b) {
        double[][] y = new double[a.length][a[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[0].length; j++) {
                y[i][j] = a[i][j] + b[i][j];
            }
        }
        return y;
    }

    static double[] softmax(double[] x) {
        double max = java.util.Arrays.stream(x).max().orElseThrow();
        double[] e = java.util.Arrays.stream(x).map(v -> Math.exp(v - max)).toArray();
        double sum = java.util.Arrays.stream(e).sum();
        return java.util.Arrays.stream(e).map(v -> v / sum).toArray();
    }

    static float[] flat(double[][] x) {
        float[] y = new float[x.length * x[0].length];
        for (int i = 0; i < y.length; i++) {
            y[i] = (float) x[i / x[0].length][i % x[0].length];
        }
        return y;
    }

    /** Causal attention of one sequence by the definition: q [n, heads·w], k and v [n, kvHeads·w], rotated here. */
    static double[][] attention(
            double[][] q, double[][] k, double[][] v, int heads, int kvHeads, double theta, int window) {
        int w = q[0].length / heads;
        double[][] y = new double[q.length][q[0].length];
        for (int head = 0; head < heads; head++) {
            int kv = head / (heads / kvHeads);
            for (int i = 0; i < q.length; i++) {
                int first = window == 0 ? 0 : Math.max(0, i - window + 1);
                double[] scores = new double[i - first + 1];
                double[] query = rotated(q[i], head * w, w, i, theta);
                for (int j = first; j <= i; j++) {
                    double[] key = rotated(k[j], kv * w, w, j, theta);
                    for (int c = 0; c < w; c++) {
                        scores[j - first] += query[c] * key[c] / Math.sqrt(w);
                    }
                }
                double[] p = softmax(scores);
                for (int j = first; j <= i; j++) {
                    for (int c = 0; c < w; c++) {
                        y[i][head * w + c] += p[j - first] * v[j][kv * w + c];
                    }
                }
            }
        }
        return y;
    }

    private static double[] rotated(double[] row, int start, int width, int position, double theta) {
        double[] y = new double[width];
        for (int c = 0; c < width / 2; c++) {
            double angle = position / Math.pow(theta, 2.0 * c / width);
            double a = row[start + c];
            double b = row[start + c + width / 2];
            y[c] = a * Math.cos(angle) - b * Math.sin(angle);
            y[c + width / 2] = b * Math.cos(angle) + a * Math.sin(angle);
        }
        return y;
    }
}
