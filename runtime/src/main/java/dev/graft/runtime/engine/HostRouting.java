package dev.graft.runtime.engine;

import dev.graft.dsl.Normalisation;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.Router;
import dev.graft.dsl.Selection;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * A router's decision in Java, for generation on the CPU: a token's few logits take it a microsecond, and the engine twenty
 * operators. The rules are those of {@link Mixtures#mix}.
 *
 * @param experts E, n true and m null ones
 */
record HostRouting(Router rule, int experts) {

    /**
     * Decides for every row and site, and leaves the gates where the logits were.
     *
     * @param memory the logits [R, S, E]; afterwards the gates [R, S, n], and with identity null experts behind all of
     *     them their share [R, S]
     */
    void decide(FloatBuffer memory) {
        float[] logits = new float[experts];
        int groups = memory.capacity() / experts;
        int trueExperts = trueExperts();
        float[] shares = new float[Mixtures.addsInput(rule.nulls()) ? groups : 0];
        for (int group = 0; group < groups; group++) {
            memory.get(group * experts, logits);
            boolean[] chosen = select(logits);
            double[] gates = weights(logits, chosen, rule.normalisation());
            for (int expert = 0; expert < trueExperts; expert++) {
                memory.put(group * trueExperts + expert, (float) gates[expert]);
            }
            if (shares.length > 0) {
                shares[group] = share(logits, chosen);
            }
        }
        memory.put(groups * trueExperts, shares);
    }

    private int trueExperts() {
        return experts - rule.nulls().count();
    }

    private boolean[] select(float[] logits) {
        boolean[] chosen = new boolean[experts];
        if (rule.selection() instanceof Selection.TopK top) {
            for (int i = 0; i < top.k(); i++) {
                chosen[largest(logits, chosen)] = true;
            }
        } else if (rule.selection() instanceof Selection.TopP top) {
            double[] probabilities = softmax(logits, expert -> true);
            double sum = 0;
            for (int i = 0; i < experts && (i == 0 || sum < top.threshold()); i++) {
                int next = largest(logits, chosen);
                chosen[next] = true;
                sum += probabilities[next];
            }
        } else {
            Arrays.fill(chosen, true);
        }
        return chosen;
    }

    /** The first of the largest that are not chosen yet: true experts stand before null ones. */
    private int largest(float[] logits, boolean[] chosen) {
        int best = -1;
        for (int expert = 0; expert < experts; expert++) {
            if (!chosen[expert] && (best < 0 || logits[expert] > logits[best])) {
                best = expert;
            }
        }
        return best;
    }

    private double[] weights(float[] logits, boolean[] chosen, Normalisation by) {
        return switch (by) {
            case SELECTED -> softmax(logits, expert -> chosen[expert]);
            case SELECTED_TRUE -> softmax(logits, expert -> chosen[expert] && expert < trueExperts());
            case NONE, AS_PRETRAINED -> {
                double[] probabilities = softmax(logits, expert -> true);
                for (int expert = 0; expert < experts; expert++) {
                    probabilities[expert] = chosen[expert] ? probabilities[expert] : 0;
                }
                yield probabilities;
            }
        };
    }

    private float share(float[] logits, boolean[] chosen) {
        boolean ofSelected =
                rule.normalisation() == Normalisation.SELECTED || rule.nulls().share() == NullExperts.Share.OF_SELECTED;
        double[] weights = weights(logits, chosen, ofSelected ? Normalisation.SELECTED : Normalisation.NONE);
        double sum = 0;
        for (int expert = trueExperts(); expert < experts; expert++) {
            sum += weights[expert];
        }
        return (float) sum;
    }

    /** Over these experts, zero for the others. */
    private double[] softmax(float[] logits, IntPredicate among) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int expert = 0; expert < experts; expert++) {
            largest = among.test(expert) ? Math.max(largest, logits[expert]) : largest;
        }
        double[] weights = new double[experts];
        double sum = 0;
        for (int expert = 0; expert < experts; expert++) {
            weights[expert] = among.test(expert) ? Math.exp(logits[expert] - largest) : 0;
            sum += weights[expert];
        }
        for (int expert = 0; expert < experts && sum > 0; expert++) {
            weights[expert] /= sum;
        }
        return weights;
    }
}
