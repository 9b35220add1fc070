import static dev.graft.dsl.Graft.soft;
import static dev.graft.dsl.Graft.topK;

import dev.graft.dsl.Surgery;
import dev.graft.samples.MovT5;
import dev.graft.samples.ShakespeareComparison;
import java.util.List;
import java.util.Optional;

/**
 * The routing ablation of MoV (arXiv 2309.05444): soft merging against the two or the one most probable vector, each routed
 * by token and by sentence.
 */
public final class MovRouting implements ShakespeareComparison {
    @Override
    public String base() {
        return "tiny-t5";
    }

    @Override
    public int validationExamples() {
        return 100;
    }

    @Override
    public Optional<String> tasks() {
        return Optional.of("../data/shakespeare");
    }

    @Override
    public List<Surgery> specs() {
        return List.of(
                new MovT5("soft-token", 10, soft()).define(),
                new MovT5("top-2-token", 10, topK(2)).define(),
                new MovT5("top-1-token", 10, topK(1)).define(),
                new MovT5("soft-sentence", 10, soft().perSentence()).define(),
                new MovT5("top-2-sentence", 10, topK(2).perSentence()).define(),
                new MovT5("top-1-sentence", 10, topK(1).perSentence()).define());
    }
}
