import dev.graft.samples.ReasoningComparison;
import java.util.List;

/**
 * Adapters of SmolLM2 on ARC-Easy as a cloze, which a model of this size can learn: one pass over 1,000 questions, each with
 * the text of its right answer; 500 other questions are asked afterwards.
 */
public final class ArcEasyCloze implements ReasoningComparison {
    @Override
    public String task() {
        return "arc-easy";
    }

    @Override
    public boolean cloze() {
        return true;
    }

    @Override
    public List<Long> seeds() {
        return List.of(1L, 2L, 3L);
    }
}
