package dev.graft.runtime.engine;

/**
 * A rotary position embedding in which the first half of a head turns with the second (Hugging Face's Llama).
 *
 * @param headDim width of a head
 * @param theta base of the wavelengths ({@code rope_theta})
 * @param scaling how the wavelengths are stretched for long contexts
 */
public record Rotary(int headDim, double theta, Scaling scaling) {

    /** Without scaling. */
    public static Rotary of(int headDim, double theta) {
        return new Rotary(headDim, theta, new Scaling.None());
    }

    /** The {@code rope_type} of a config. */
    public sealed interface Scaling {
        /** {@code default}. */
        record None() implements Scaling {}

        /** {@code linear}: every frequency divided by the factor. */
        record Linear(double factor) implements Scaling {}

        /** {@code llama3}: long wavelengths divided by the factor, short ones kept, those between interpolated. */
        record Llama3(double factor, double lowFrequencyFactor, double highFrequencyFactor, long originalContext)
                implements Scaling {}
    }
}
