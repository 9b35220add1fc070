package dev.graft.dsl;

import java.util.OptionalInt;

/**
 * How the adapters are trained; everything that changes the numbers of a run.
 *
 * @param optimizer with its peak rate
 * @param shape of the learning rate after warm-up
 * @param warmupSteps optimizer steps of linear warm-up
 * @param epochs passes over the data
 * @param steps optimizer steps, if the run is to end by steps and not by epochs
 * @param batch examples a step
 * @param microBatch examples a forward pass; the gradients of a step's passes are added up
 * @param length tokens an example at most, those of both sides together where there is an encoder
 * @param target how many of them its target may have at most; its source may have the others. Empty where both sides share
 *     the length
 * @param tooLong what happens to a longer one
 * @param supervision which tokens carry loss
 * @param clip bound of the gradient's global norm; 0 for none
 * @param seed of initialisation, order and dropout
 * @param shuffle whether each epoch has its own order; otherwise file order
 * @param precision of frozen weights and activations; adapters are fp32 always
 * @param device where it runs
 * @param threads of the engine; 0 for all cores
 * @param validateEvery steps between two validations; 0 for one an epoch
 * @param saveEvery steps between two saved states
 * @param skipLimit non-finite steps in a row after which the run stops
 * @param recompute whether a layer's activations are computed again in the backward pass instead of kept
 */
public record Training(
        Optimizer optimizer,
        RateShape shape,
        int warmupSteps,
        int epochs,
        OptionalInt steps,
        int batch,
        int microBatch,
        int length,
        OptionalInt target,
        TooLong tooLong,
        Supervision supervision,
        double clip,
        long seed,
        boolean shuffle,
        Precision precision,
        String device,
        int threads,
        int validateEvery,
        int saveEvery,
        int skipLimit,
        boolean recompute) {

    /** AdamW 3e-4, constant, one epoch, batch 16, 256 tokens, bf16 on the CPU. */
    public static Training defaults() {
        return new TrainingDraft().freeze();
    }

    /** The same with what the block says. */
    public Training with(Block<? super TrainingSpec> block) {
        TrainingDraft draft = TrainingDraft.of(this);
        Scope scope = Scope.root("training");
        try {
            block.accept(new TrainingSpec(scope, draft));
        } finally {
            scope.close();
        }
        return draft.freeze();
    }

    /** The learning rate after warm-up. */
    public enum RateShape {
        CONSTANT,
        LINEAR,
        COSINE
    }

    /** Examples longer than the limit. */
    public enum TooLong {
        TRUNCATE,
        SKIP,
        REFUSE
    }

    /** Which tokens carry loss. */
    public enum Supervision {
        ANSWERS,
        EVERYTHING
    }

    /** The type of frozen weights and activations. */
    public enum Precision {
        FP32,
        BF16
    }
}
