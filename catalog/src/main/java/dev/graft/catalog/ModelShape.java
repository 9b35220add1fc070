package dev.graft.catalog;

import dev.graft.dsl.Role;
import java.util.Collections;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * The dimensions of one model: an {@link Architecture} with the values of its {@code config.json}.
 *
 * @param hiddenSize d
 * @param keyValueHeads heads of K and V; query heads share them in blocks
 * @param ffnSize F
 * @param vocabulary V, rows of the embedding
 * @param positions the longest sequence that the model was made for
 * @param normEps inside the root of the RMS norms
 * @param tiedHead whether the LM head is the embedding
 * @param window tokens a token sees, itself included; empty for all before it
 * @param biased roles whose projection has a bias
 */
public record ModelShape(
        String modelType,
        int layers,
        int hiddenSize,
        int heads,
        int keyValueHeads,
        int headDim,
        int ffnSize,
        int vocabulary,
        int positions,
        double normEps,
        boolean tiedHead,
        Rope rope,
        OptionalInt window,
        Set<Role> biased) {
    public ModelShape {
        biased = Collections.unmodifiableSet(new TreeSet<>(biased));
    }

    /** Width of what a role reads. */
    public int in(Role role) {
        return switch (role) {
            case Q, K, V, GATE, UP -> hiddenSize;
            case O -> heads * headDim;
            case DOWN, HIDDEN -> ffnSize;
            case ROUTER, EXPERTS, BESIDE -> throw new IllegalArgumentException(role + " needs a MoE block");
        };
    }

    /** Width of what a role gives. */
    public int out(Role role) {
        return switch (role) {
            case Q -> heads * headDim;
            case K, V -> keyValueHeads * headDim;
            case O, DOWN -> hiddenSize;
            case GATE, UP, HIDDEN -> ffnSize;
            case ROUTER, EXPERTS, BESIDE -> throw new IllegalArgumentException(role + " needs a MoE block");
        };
    }

    /**
     * Rotary position embedding.
     *
     * @param theta base of the frequencies
     * @param scaling how they are stretched; empty for not at all
     */
    public record Rope(double theta, Optional<Llama3Scaling> scaling) {}

    /** Llama 3's scaling by bands of wavelength (HF {@code rope_type: llama3}). */
    public record Llama3Scaling(double factor, double lowFrequency, double highFrequency, int originalPositions) {}
}
