package dev.graft.runtime.engine;

import dev.graft.dsl.Adapter;
import dev.graft.dsl.Merge;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.NullExperts;
import dev.graft.dsl.Router;
import dev.graft.dsl.Selection;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * A router's decision in Java, for generation on the CPU: a token's few logits take it a microsecond, and the engine twenty
 * operators. The rules are those of {@link Mixtures#mix} and {@link Mixtures#loraMixture}.
 *
 * @param experts E, n true and m null ones
 */
record HostRouting(Router rule, int experts) {

    /**
     * Decides for every row and site, and leaves the gates where the logits were.
     *
     * @param memory the logits [R, S, E]; afterwards the gates [R, S, n], and with identity nulls behind all of them their
     *     share [R, S]
     */
    void decide(FloatBuffer memory) {
        float[] logits = new float[experts];
        int groups = memory.capacity() / experts;
        float[] shares = new float[shared() ? groups : 0];
        for (int group = 0; group < groups; group++) {
            memory.get(group * experts, logits);
            boolean[] chosen = select(logits);
            memory.put(group * trueExperts(), gates(logits, chosen));
            if (shared()) {
                shares[group] = share(logits, chosen);
            }
        }
        memory.put(groups * trueExperts(), shares);
    }

    /**
     * Decides for every row and site, and weighs the first products of its LoRA experts.
     *
     * @param memory rows of first products [S, n, r] with the logits [S, E] behind them; afterwards gates and scale are in
     *     the products, and with identity nulls behind those their share [S]
     */
    void weigh(FloatBuffer memory, int sites, Adapter.Lora lora) {
        int width = sites * trueExperts() * lora.rank();
        float[] row = new float[width + sites * experts];
        for (int start = 0; start < memory.capacity(); start += row.length) {
            memory.get(start, row);
            for (int site = 0; site < sites; site++) {
                int own = width + site * experts;
                float[] logits = Arrays.copyOfRange(row, own, own + experts);
                boolean[] chosen = select(logits);
                weigh(row, site * trueExperts() * lora.rank(), gates(logits, chosen), lora);
                if (shared()) {
                    row[width + site] = share(logits, chosen); // the first sites' logits are read already
                }
            }
            memory.put(start, row);
        }
    }

    /** One site's products, which begin at {@code first}. */
    private void weigh(float[] row, int first, float[] gates, Adapter.Lora lora) {
        int rank = lora.rank();
        float scale = (float) lora.scale();
        for (int i = first; i < first + rank; i++) {
            if (rule.merge() == Merge.FACTORS) {
                float mixture = 0; // (Σ p A) x
                for (int expert = 0; expert < gates.length; expert++) {
                    mixture += gates[expert] * row[i + expert * rank];
                }
                for (int expert = 0; expert < gates.length; expert++) {
                    row[i + expert * rank] = mixture;
                }
            }
            for (int expert = 0; expert < gates.length; expert++) {
                row[i + expert * rank] *= gates[expert] * scale;
            }
        }
    }

    private boolean shared() {
        return Mixtures.addsInput(rule.nulls());
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

    private float[] gates(float[] logits, boolean[] chosen) {
        double[] weights = weights(logits, chosen, rule.normalisation());
        float[] gates = new float[trueExperts()];
        for (int expert = 0; expert < gates.length; expert++) {
            gates[expert] = (float) weights[expert];
        }
        return gates;
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
