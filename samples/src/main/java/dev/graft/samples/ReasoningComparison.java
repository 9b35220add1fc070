package dev.graft.samples;

import dev.graft.dsl.Comparison;
import dev.graft.dsl.Surgery;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * {@link ReasoningSpecs} on SmolLM2 and one reasoning task: what the comparisons of {@code samples/comparisons} have in
 * common. Each run is validated on 100 examples of the test set, and asked 500 questions of it afterwards.
 */
public interface ReasoningComparison extends Comparison {

    /** The task, as its files in {@code samples/data/reasoning} are named. */
    String task();

    @Override
    default int trainingExamples() {
        return 1000;
    }

    /** Passes over the training examples. */
    default int epochs() {
        return 1;
    }

    @Override
    default String base() {
        return "HuggingFaceTB/SmolLM2-135M-Instruct";
    }

    @Override
    default List<String> training() {
        return List.of("../data/reasoning/" + task() + "-train.json");
    }

    @Override
    default List<String> validation() {
        return List.of("../data/reasoning/" + task() + "-test.json");
    }

    @Override
    default int validationExamples() {
        return 100;
    }

    @Override
    default Optional<String> test() {
        return Optional.of(validation().get(0));
    }

    @Override
    default int questions() {
        return 500;
    }

    @Override
    default List<Surgery> specs() {
        return Stream.of(ReasoningSpecs.main(), ReasoningSpecs.others())
                .flatMap(List::stream)
                .map(spec -> spec.withTraining(spec.training().with(t -> t.epochs(epochs()))))
                .toList();
    }
}
