import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import dev.graft.samples.PerftRouted;
import dev.graft.samples.PerftVariants;
import dev.graft.samples.ShakespeareComparison;
import java.util.List;
import java.util.stream.Stream;

/**
 * PERFT (arXiv 2411.08212) beside the MoE blocks against LoRA on queries and values, all with 4096 activated parameters a
 * layer.
 */
public final class PerftAgainstLora implements ShakespeareComparison {
    @Override
    public String base() {
        return "tiny-olmoe";
    }

    @Override
    public List<Surgery> specs() {
        return Stream.concat(PerftVariants.others().stream(), Stream.of(new PerftRouted()))
                .map(Spec::define)
                .toList();
    }
}
