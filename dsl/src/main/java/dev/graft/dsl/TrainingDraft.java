package dev.graft.dsl;

import java.util.OptionalInt;

/** The values that a {@link TrainingSpec} sets; starts with the defaults. */
final class TrainingDraft {
    Optimizer optimizer = new Optimizer.AdamW(3e-4, 0.9, 0.999, 1e-8, 0);
    Training.RateShape shape = Training.RateShape.CONSTANT;
    int warmupSteps;
    int epochs = 1;
    OptionalInt steps = OptionalInt.empty();
    int batch = 16;
    int microBatch = 16;
    int length = 256;
    OptionalInt target = OptionalInt.empty();
    Training.TooLong tooLong = Training.TooLong.TRUNCATE;
    Training.Supervision supervision = Training.Supervision.ANSWERS;
    double clip = 1.0;
    long seed;
    boolean shuffle = true;
    Training.Precision precision = Training.Precision.BF16;
    String device = "cpu";
    int threads;
    int validateEvery;
    int saveEvery = 100;
    int skipLimit = 10;
    boolean recompute;

    static TrainingDraft of(Training training) {
        TrainingDraft draft = new TrainingDraft();
        draft.optimizer = training.optimizer();
        draft.shape = training.shape();
        draft.warmupSteps = training.warmupSteps();
        draft.epochs = training.epochs();
        draft.steps = training.steps();
        draft.batch = training.batch();
        draft.microBatch = training.microBatch();
        draft.length = training.length();
        draft.target = training.target();
        draft.tooLong = training.tooLong();
        draft.supervision = training.supervision();
        draft.clip = training.clip();
        draft.seed = training.seed();
        draft.shuffle = training.shuffle();
        draft.precision = training.precision();
        draft.device = training.device();
        draft.threads = training.threads();
        draft.validateEvery = training.validateEvery();
        draft.saveEvery = training.saveEvery();
        draft.skipLimit = training.skipLimit();
        draft.recompute = training.recompute();
        return draft;
    }

    Training freeze() {
        return new Training(
                optimizer,
                shape,
                warmupSteps,
                epochs,
                steps,
                batch,
                Math.min(microBatch, batch),
                length,
                target,
                tooLong,
                supervision,
                clip,
                seed,
                shuffle,
                precision,
                device,
                threads,
                validateEvery,
                saveEvery,
                skipLimit,
                recompute);
    }
}
