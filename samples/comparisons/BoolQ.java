import dev.graft.dsl.Comparison;
import dev.graft.dsl.Surgery;
import dev.graft.samples.ReasoningSpecs;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Adapters of SmolLM2 on BoolQ without its passages, one pass over 1,000 questions; 500 other questions are asked afterwards. */
public final class BoolQ implements Comparison {
    @Override
    public String base() {
        return "HuggingFaceTB/SmolLM2-135M-Instruct";
    }

    @Override
    public List<String> training() {
        return List.of("../data/reasoning/boolq-train.json");
    }

    @Override
    public int trainingExamples() {
        return 1000;
    }

    @Override
    public List<String> validation() {
        return List.of("../data/reasoning/boolq-test.json");
    }

    @Override
    public int validationExamples() {
        return 100;
    }

    @Override
    public Optional<String> test() {
        return Optional.of("../data/reasoning/boolq-test.json");
    }

    @Override
    public int questions() {
        return 500;
    }

    @Override
    public List<Surgery> specs() {
        return Stream.of(ReasoningSpecs.main(), ReasoningSpecs.others())
                .flatMap(List::stream)
                .map(spec -> spec.withTraining(spec.training().with(t -> t.epochs(1))))
                .toList();
    }
}
