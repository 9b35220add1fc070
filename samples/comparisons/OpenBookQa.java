import dev.graft.dsl.Surgery;
import dev.graft.samples.ReasoningComparison;
import dev.graft.samples.ReasoningSpecs;
import java.util.List;

/** Adapters of SmolLM2 on OpenBookQA, two passes over 1,500 questions; 500 other questions are asked afterwards. */
public final class OpenBookQa implements ReasoningComparison {
    @Override
    public String task() {
        return "openbookqa";
    }

    @Override
    public int trainingExamples() {
        return 1500;
    }

    @Override
    public int epochs() {
        return 2;
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
}
