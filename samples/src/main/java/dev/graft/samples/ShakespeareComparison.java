package dev.graft.samples;

import dev.graft.dsl.Comparison;
import java.util.List;

/** Adapters of an embedded model on Shakespeare, each with three seeds: what those of {@code samples/comparisons} have in common. */
public interface ShakespeareComparison extends Comparison {

    @Override
    default List<String> training() {
        return List.of("../data/shakespeare/train.txt");
    }

    @Override
    default List<String> validation() {
        return List.of("../data/shakespeare/validation.txt");
    }

    @Override
    default int validationExamples() {
        return 60;
    }

    @Override
    default List<Long> seeds() {
        return List.of(1L, 2L, 3L);
    }
}
