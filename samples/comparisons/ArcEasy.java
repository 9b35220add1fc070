import dev.graft.samples.ReasoningComparison;

/** Adapters of SmolLM2 on ARC-Easy, one pass over 1,000 questions; 500 other questions are asked afterwards. */
public final class ArcEasy implements ReasoningComparison {
    @Override
    public String task() {
        return "arc-easy";
    }
}
