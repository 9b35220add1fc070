package dev.graft.dsl;

/** Which experts a router lets through for one row. Ties: a true expert wins over a null one, then the lower index. */
public sealed interface Selection {

    /** All experts, weighted with their probabilities. */
    record Soft() implements Selection {
        @Override
        public String toString() {
            return "soft";
        }
    }

    /** The {@code k} largest, true and null experts together. */
    record TopK(int k) implements Selection {
        @Override
        public String toString() {
            return "top-" + k;
        }
    }

    /** What the model's pretrained router selects. */
    record Pretrained() implements Selection {
        @Override
        public String toString() {
            return "as pretrained";
        }
    }

    /** The smallest set of the largest probabilities whose sum is at least {@code threshold}; at least one expert. */
    record TopP(double threshold) implements Selection {
        @Override
        public String toString() {
            return "top-p " + threshold;
        }
    }
}
