import dev.graft.dsl.Comparison;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import dev.graft.samples.PerftRouted;
import dev.graft.samples.PerftVariants;
import java.util.List;
import java.util.stream.Stream;

/**
 * PERFT (arXiv 2411.08212) beside the MoE blocks against LoRA on queries and values, all with 4096 activated parameters a
 * layer.
 */
public final class PerftAgainstLora implements Comparison {
    @Override
    public String base() {
        return "tiny-olmoe";
    }

    @Override
    public List<String> training() {
        return List.of("../data/shakespeare/train.txt");
    }

    @Override
    public List<String> validation() {
        return List.of("../data/shakespeare/validation.txt");
    }

    @Override
    public int validationExamples() {
        return 60;
    }

    @Override
    public List<Long> seeds() {
        return List.of(1L, 2L, 3L);
    }

    @Override
    public List<Surgery> specs() {
        return Stream.concat(PerftVariants.others().stream(), Stream.of(new PerftRouted()))
                .map(Spec::define)
                .toList();
    }
}
