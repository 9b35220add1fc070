package dev.graft.catalog;

import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Graft;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.Role;
import dev.graft.dsl.Router;
import dev.graft.dsl.Stack;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * The dimensions of one model: an {@link Architecture} with the values of its {@code config.json}.
 *
 * @param hiddenSize d
 * @param layers of the decoder
 * @param keyValueHeads heads of K and V; query heads share them in blocks
 * @param ffnSize F of a dense FFN
 * @param vocabulary V, rows of the embedding
 * @param positions the longest sequence that the model was made for; empty for no limit
 * @param normEps inside the root of the RMS norms
 * @param tiedHead whether the LM head is the embedding
 * @param rope rotary positions; empty for a model without them
 * @param activation of the FFN
 * @param window tokens a token sees, itself included; empty for all before it
 * @param biased roles whose projection has a bias
 * @param moe the MoE blocks; empty for a dense model
 * @param encoder the stack before the decoder; empty for a decoder-only model
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
        OptionalInt positions,
        double normEps,
        boolean tiedHead,
        Optional<Rope> rope,
        Architecture.Activation activation,
        OptionalInt window,
        Set<Role> biased,
        Optional<Moe> moe,
        Optional<Encoder> encoder) {
    public ModelShape {
        biased = Collections.unmodifiableSet(new TreeSet<>(biased));
    }

    /** What a layer of the decoder has behind its attention: FFN or MOE. */
    public BlockKind feedForward(int layer) {
        return moe.filter(blocks -> blocks.layers().contains(layer)).isPresent() ? BlockKind.MOE : BlockKind.FFN;
    }

    /** Layers of a stack. */
    public int layers(Stack stack) {
        return stack == Stack.ENCODER ? encoderLayers() : layers;
    }

    /** 0 without an encoder. */
    public int encoderLayers() {
        return encoder.map(Encoder::layers).orElse(0);
    }

    /** A layer's number among those of both stacks: the encoder's come first. */
    public int number(Stack stack, int layer) {
        return stack == Stack.ENCODER ? layer : encoderLayers() + layer;
    }

    /** The layers of a stack that have a block. */
    public List<Integer> layersWith(Stack stack, BlockKind block) {
        return IntStream.range(0, layers(stack))
                .filter(layer -> switch (block) {
                    case ATTENTION -> true;
                    case CROSS_ATTENTION -> stack == Stack.DECODER && encoder.isPresent();
                    case FFN, MOE -> (stack == Stack.ENCODER ? BlockKind.FFN : feedForward(layer)) == block;
                })
                .boxed()
                .toList();
    }

    /** Width of what a role reads in a block. */
    public int in(BlockKind block, Role role) {
        return switch (role) {
            case Q, K, V, GATE, UP, ROUTER, NULL_ROUTER, BESIDE -> hiddenSize;
            case O -> heads * headDim;
            case DOWN, HIDDEN -> innerSize(block);
        };
    }

    /** Width of what a role gives in a block; 0 for the router of null experts that the base does not have. */
    public int out(BlockKind block, Role role) {
        return switch (role) {
            case Q -> heads * headDim;
            case K, V -> keyValueHeads * headDim;
            case O, DOWN, BESIDE -> hiddenSize;
            case GATE, UP, HIDDEN -> innerSize(block);
            case ROUTER -> experts().experts();
            case NULL_ROUTER -> experts().nulls();
        };
    }

    /** The MoE blocks of a model that has some. */
    public Moe experts() {
        return moe.orElseThrow(() -> new IllegalArgumentException(modelType + " has no MoE block"));
    }

    private int innerSize(BlockKind block) {
        return block == BlockKind.MOE ? experts().expertSize() : ffnSize;
    }

    /**
     * The MoE blocks of a model; all are alike.
     *
     * @param experts n, the true experts
     * @param nulls m, null experts that the model's router has already (AdaMoE); 0 in published models
     * @param nullsApart whether the null experts' rows are a tensor beside the router's
     * @param topK experts that a token uses, null ones included
     * @param expertSize F of one expert
     * @param sharedSize F of the expert that every token uses, if there is one
     * @param normalised whether the weights are divided by the sum over the selected (true) experts
     * @param balanceCoefficient of the model's own balance loss
     * @param layers that have a MoE block
     */
    public record Moe(
            int experts,
            int nulls,
            boolean nullsApart,
            int topK,
            int expertSize,
            OptionalInt sharedSize,
            boolean normalised,
            double balanceCoefficient,
            Set<Integer> layers) {
        public Moe {
            layers = Collections.unmodifiableSet(new TreeSet<>(layers));
        }

        /** The pretrained router's semantics, without a balance loss. */
        public Router router() {
            Router router = Graft.topK(topK);
            return nulls > 0
                    ? router.nullExperts(nulls)
                    : router.normalise(normalised ? Normalisation.SELECTED : Normalisation.NONE);
        }
    }

    /**
     * The stack before the decoder (T5). Both stacks have the same widths.
     *
     * @param buckets of relative positions
     * @param maxDistance from which on all distances share a bucket
     * @param start the token that decoder sequences begin with
     * @param scalesOutput whether the decoder's final states are scaled by 1/√d, as where the head is tied
     */
    public record Encoder(int layers, int buckets, int maxDistance, int start, boolean scalesOutput) {}

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
