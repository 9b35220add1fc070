package dev.graft.runtime.generate;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.random.RandomKey;
import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * Draws the next token from the softmax of the logits, with numbers from a counter: the same seed gives the same text.
 *
 * @param temperature of the softmax, above 0
 * @param topK only the k likeliest take part; 0 for all
 * @param topP only the fewest likeliest whose probabilities reach it take part; 1 for all
 */
public record Sampling(double temperature, int topK, double topP, long seed) implements TokenChoice {

    /** @throws GraftException {@code E_PARAM} naming the setting that is out of range */
    public Sampling {
        if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw new GraftException(
                    Issue.error("E_PARAM", "temperature " + temperature + " must be above 0 and finite"));
        }
        if (topK < 0) {
            throw new GraftException(Issue.error("E_PARAM", "top-k " + topK + " must be 0 (all) or more"));
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new GraftException(Issue.error("E_PARAM", "top-p " + topP + " must be above 0 and at most 1"));
        }
    }

    @Override
    public int choose(float[] logits, int index) {
        double highest = logits[Logits.likeliest(logits)];
        // StrictMath: the same text on every machine
        double[] weights = IntStream.range(0, logits.length)
                .mapToDouble(i -> StrictMath.exp((logits[i] - highest) / temperature))
                .toArray();
        int[] kept = kept(weights);
        double[] reached = new double[kept.length]; // sums of the kept weights
        double sum = 0;
        for (int i = 0; i < kept.length; i++) {
            sum += weights[kept[i]];
            reached[i] = sum;
        }
        int last = 0;
        while (last + 1 < kept.length && (topP == 1 || reached[last] < topP * sum)) {
            last++;
        }
        double drawn = RandomKey.of(seed).uniform(index) * reached[last];
        int place = 0;
        while (place < last && reached[place] <= drawn) {
            place++;
        }
        return kept[place];
    }

    /** The tokens that may take part: all by id, or the likeliest first. */
    private int[] kept(double[] weights) {
        if (topK > 0) {
            return likeliest(weights, Math.min(topK, weights.length));
        }
        if (topP == 1) {
            return IntStream.range(0, weights.length).toArray();
        }
        // Tokens below this bound have less than 1 - topP together, so those above it reach topP without them.
        double bound = (1 - topP) * Arrays.stream(weights).sum() / weights.length;
        return IntStream.range(0, weights.length)
                .filter(i -> weights[i] >= bound)
                .boxed()
                .sorted((a, b) -> compare(weights, b, a))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static int[] likeliest(double[] weights, int count) {
        PriorityQueue<Integer> best = new PriorityQueue<>(count, (a, b) -> compare(weights, a, b));
        for (int i = 0; i < weights.length; i++) {
            if (best.size() < count) {
                best.add(i);
            } else if (compare(weights, i, best.element()) > 0) {
                best.remove();
                best.add(i);
            }
        }
        int[] kept = new int[count];
        for (int i = count - 1; i >= 0; i--) {
            kept[i] = best.remove();
        }
        return kept;
    }

    /** The likelier token is greater; of equals, the one with the lower id. */
    private static int compare(double[] weights, int a, int b) {
        int byWeight = Double.compare(weights[a], weights[b]);
        return byWeight != 0 ? byWeight : Integer.compare(b, a);
    }
}
