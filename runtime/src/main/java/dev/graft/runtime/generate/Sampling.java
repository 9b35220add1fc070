package dev.graft.runtime.generate;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.random.RandomKey;
import java.util.Comparator;
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
        if (!(temperature > 0)) {
            throw new GraftException(Issue.error("E_PARAM", "temperature " + temperature + " must be above 0"));
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
        int[] order = IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -logits[i]).thenComparing(i -> i))
                .limit(topK == 0 ? logits.length : topK)
                .mapToInt(Integer::intValue)
                .toArray();
        double[] reached = new double[order.length]; // sums of the unnormalised probabilities, likeliest first
        double sum = 0;
        for (int i = 0; i < order.length; i++) {
            sum += Math.exp((logits[order[i]] - logits[order[0]]) / temperature);
            reached[i] = sum;
        }
        int last = 0;
        while (last + 1 < order.length && reached[last] < topP * sum) {
            last++;
        }
        double drawn = RandomKey.of(seed).uniform(index) * reached[last];
        int place = 0;
        while (place < last && reached[place] <= drawn) {
            place++;
        }
        return order[place];
    }
}
