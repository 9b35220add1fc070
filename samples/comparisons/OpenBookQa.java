import dev.graft.dsl.Comparison;
import dev.graft.dsl.Surgery;
import dev.graft.samples.ReasoningSpecs;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Adapters of SmolLM2 on OpenBookQA, two passes over 1,500 questions; 500 other questions are asked afterwards. */
public final class OpenBookQa implements Comparison {
    @Override
    public String base() {
        return "HuggingFaceTB/SmolLM2-135M-Instruct";
    }

    @Override
    public List<String> training() {
        return List.of("../data/reasoning/openbookqa-train.json");
    }

    @Override
    public int trainingExamples() {
        return 1500;
    }

    @Override
    public List<String> validation() {
        return List.of("../data/reasoning/openbookqa-test.json");
    }

    @Override
    public int validationExamples() {
        return 100;
    }

    @Override
    public Optional<String> test() {
        return Optional.of("../data/reasoning/openbookqa-test.json");
    }

    @Override
    public int questions() {
        return 500;
    }

    @Override
    public List<Long> seeds() {
        return List.of(1L, 2L, 3L);
    }

    @Override
    public List<Long> seeds(Surgery spec) {
        boolean several = ReasoningSpecs.main().stream().anyMatch(main -> main.name().equals(spec.name()));
        return several ? seeds() : List.of(1L);
    }

    @Override
    public List<Surgery> specs() {
        return Stream.of(ReasoningSpecs.main(), ReasoningSpecs.others())
                .flatMap(List::stream)
                .toList();
    }
}
