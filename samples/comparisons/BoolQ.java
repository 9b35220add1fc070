import dev.graft.samples.ReasoningComparison;

/** Adapters of SmolLM2 on BoolQ without its passages, one pass over 1,000 questions; 500 other questions are asked afterwards. */
public final class BoolQ implements ReasoningComparison {
    @Override
    public String task() {
        return "boolq";
    }
}
