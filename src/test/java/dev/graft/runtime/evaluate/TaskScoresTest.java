package dev.graft.runtime.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class TaskScoresTest {
    @Test
    void the_score_of_a_data_set_is_the_median_over_its_templates() {
        assertThat(dataset(0.9, 0.1, 0.4).median()).isEqualTo(0.4);
        assertThat(dataset(0.9, 0.1, 0.4, 0.5).median()).isCloseTo(0.45, within(1e-12));
        assertThat(dataset(0.3).median()).isEqualTo(0.3);
    }

    @Test
    void the_headline_is_the_mean_over_data_sets_whatever_their_numbers_of_templates() {
        TaskScores scores = new TaskScores(List.of(dataset(0.9, 0.1, 0.4), dataset(0.6)), 0);
        assertThat(scores.mean()).isCloseTo(0.5, within(1e-12));
    }

    private static TaskScores.OfDataset dataset(double... accuracies) {
        return new TaskScores.OfDataset(
                "d",
                0.25,
                DoubleStream.of(accuracies)
                        .mapToObj(accuracy -> new TaskScores.OfTemplate(
                                "t", new RankClassification.Score(10, accuracy, 0, 0, -1, -1), 0))
                        .toList(),
                List.of());
    }
}
