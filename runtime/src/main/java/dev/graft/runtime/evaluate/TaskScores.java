package dev.graft.runtime.evaluate;

import dev.graft.runtime.train.Metrics.LayerLoad;
import java.util.List;

/**
 * What a model is worth on unseen tasks, as MoV and MoLORA are measured (arXiv 2309.05444): the score of a data set is the
 * median over its templates, the headline the mean over the data sets.
 *
 * @param encoderLayers of the model; 0 without an encoder
 */
public record TaskScores(List<OfDataset> datasets, int encoderLayers) {
    public TaskScores {
        datasets = List.copyOf(datasets);
    }

    /** The headline: mean over the data sets, 0 to 1. */
    public double mean() {
        return datasets.stream().mapToDouble(OfDataset::median).average().orElse(Double.NaN);
    }

    /**
     * A data set.
     *
     * @param chance accuracy of guessing
     * @param templates at least one
     * @param layers what the routers decided about all tokens of questions and choices; empty without routers
     */
    public record OfDataset(String dataset, double chance, List<OfTemplate> templates, List<LayerLoad> layers) {
        public OfDataset {
            templates = List.copyOf(templates);
            layers = List.copyOf(layers);
        }

        /** Median of the templates' accuracies; the mean of the middle two of an even number. */
        public double median() {
            double[] sorted = templates.stream()
                    .mapToDouble(template -> template.score().accuracy())
                    .sorted()
                    .toArray();
            int middle = sorted.length / 2;
            return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }

    /**
     * A data set's questions in the words of one template.
     *
     * @param truncated questions whose beginning was cut
     */
    public record OfTemplate(String template, RankClassification.Score score, int truncated) {}
}
