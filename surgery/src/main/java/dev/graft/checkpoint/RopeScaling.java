package dev.graft.checkpoint;

/** How a model stretches its rotary embedding beyond the trained length (transformers' {@code modeling_rope_utils}). */
public sealed interface RopeScaling {

    /** Frequencies as they are. */
    record None() implements RopeScaling {}

    /** All frequencies divided by the factor. */
    record Linear(double factor) implements RopeScaling {}

    /**
     * Llama 3: low frequencies divided by the factor, high ones kept, a linear blend between.
     *
     * @param originalMaxPositions the length that the model was trained for
     */
    record Llama3(double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalMaxPositions)
            implements RopeScaling {}

    /** A kind that this class has no fields for, such as {@code yarn}; its name is what the configuration says. */
    record Other(String type) implements RopeScaling {}
}
