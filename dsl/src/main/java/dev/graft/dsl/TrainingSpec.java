package dev.graft.dsl;

import java.util.OptionalInt;

/** Receiver of the training block; what is not said keeps the value of {@link Training#defaults}. */
public final class TrainingSpec {
    private final Scope scope;
    private final TrainingDraft draft;

    TrainingSpec(Scope scope, TrainingDraft draft) {
        this.scope = scope;
        this.draft = draft;
    }

    /** AdamW with this peak rate, betas 0.9 and 0.999, no weight decay. */
    public TrainingSpec adamW(double rate) {
        return optimizer(new Optimizer.AdamW(rate, 0.9, 0.999, 1e-8, 0));
    }

    /** Adafactor as MoV publishes it: decay 0.8, updates clipped at 1, factored where both dimensions are at least 128. */
    public TrainingSpec adafactor(double rate) {
        return optimizer(new Optimizer.Adafactor(rate, 0.8, 1, 128));
    }

    /** Any optimizer, with all its settings. */
    public TrainingSpec optimizer(Optimizer value) {
        scope.enter("optimizer");
        draft.optimizer = value;
        return this;
    }

    /** The rate stays at its peak after the warm-up. */
    public TrainingSpec constant(int warmupSteps) {
        return rate(Training.RateShape.CONSTANT, warmupSteps);
    }

    /** The rate falls to zero in equal steps after the warm-up. */
    public TrainingSpec linear(int warmupSteps) {
        return rate(Training.RateShape.LINEAR, warmupSteps);
    }

    /** The rate falls to zero along half a cosine after the warm-up. */
    public TrainingSpec cosine(int warmupSteps) {
        return rate(Training.RateShape.COSINE, warmupSteps);
    }

    private TrainingSpec rate(Training.RateShape shape, int warmupSteps) {
        scope.enter("rate");
        draft.shape = shape;
        draft.warmupSteps = warmupSteps;
        return this;
    }

    /** Passes over the data. */
    public TrainingSpec epochs(int value) {
        scope.enter("epochs");
        draft.epochs = value;
        return this;
    }

    /** Ends the run after this many optimizer steps, whatever the epochs. */
    public TrainingSpec steps(int value) {
        scope.enter("steps");
        draft.steps = OptionalInt.of(value);
        return this;
    }

    /** Lifts a limit of steps: the run ends with its last epoch. */
    public TrainingSpec allSteps() {
        scope.enter("allSteps");
        draft.steps = OptionalInt.empty();
        return this;
    }

    /** Examples an optimizer step. */
    public TrainingSpec batch(int value) {
        scope.enter("batch");
        draft.batch = value;
        return this;
    }

    /** Examples a forward pass; a step adds up as many passes as its batch needs. */
    public TrainingSpec microBatch(int value) {
        scope.enter("microBatch");
        draft.microBatch = value;
        return this;
    }

    /** Tokens an example at most, behind an encoder those of source and target together; longer ones are truncated. */
    public TrainingSpec length(int value) {
        return length(value, Training.TooLong.TRUNCATE);
    }

    /** Tokens an example at most, and what happens to longer ones. */
    public TrainingSpec length(int value, Training.TooLong tooLong) {
        scope.enter("length");
        draft.length = value;
        draft.target = OptionalInt.empty();
        draft.tooLong = tooLong;
        return this;
    }

    /**
     * Tokens that an encoder reads and tokens that its decoder writes at most (MoV and MoLORA: 1024 and 256); what is longer
     * is truncated, each side on its own.
     */
    public TrainingSpec lengths(int source, int target) {
        return lengths(source, target, Training.TooLong.TRUNCATE);
    }

    /** Tokens that an encoder reads and tokens that its decoder writes at most, and what happens to longer examples. */
    public TrainingSpec lengths(int source, int target, Training.TooLong tooLong) {
        scope.enter("lengths");
        draft.length = source + target;
        draft.target = OptionalInt.of(target);
        draft.tooLong = tooLong;
        return this;
    }

    /** Which tokens carry loss; answers only by default (plain text is all answer). */
    public TrainingSpec supervise(Training.Supervision value) {
        scope.enter("supervise");
        draft.supervision = value;
        return this;
    }

    /** Bound of the gradient's global norm; 0 for none. */
    public TrainingSpec clip(double value) {
        scope.enter("clip");
        draft.clip = value;
        return this;
    }

    /** Seed of initialisation, order and dropout. */
    public TrainingSpec seed(long value) {
        scope.enter("seed");
        draft.seed = value;
        return this;
    }

    /** Takes the examples in file order in every epoch. */
    public TrainingSpec fileOrder() {
        scope.enter("fileOrder");
        draft.shuffle = false;
        return this;
    }

    /** Type of frozen weights and activations. */
    public TrainingSpec precision(Training.Precision value) {
        scope.enter("precision");
        draft.precision = value;
        return this;
    }

    /** {@code cpu}, {@code cuda} or {@code cuda:1}. */
    public TrainingSpec device(String value) {
        scope.enter("device");
        draft.device = value;
        return this;
    }

    /** Threads of the engine; 0 for all cores. */
    public TrainingSpec threads(int value) {
        scope.enter("threads");
        draft.threads = value;
        return this;
    }

    /** Steps between two validations; 0 for one an epoch. */
    public TrainingSpec validateEvery(int steps) {
        scope.enter("validateEvery");
        draft.validateEvery = steps;
        return this;
    }

    /** Steps between two saved states. */
    public TrainingSpec saveEvery(int steps) {
        scope.enter("saveEvery");
        draft.saveEvery = steps;
        return this;
    }

    /** Non-finite steps in a row after which the run stops. */
    public TrainingSpec skipLimit(int steps) {
        scope.enter("skipLimit");
        draft.skipLimit = steps;
        return this;
    }

    /** Computes a layer's activations again in the backward pass instead of keeping them: less memory, more time. */
    public TrainingSpec recompute() {
        scope.enter("recompute");
        draft.recompute = true;
        return this;
    }
}
