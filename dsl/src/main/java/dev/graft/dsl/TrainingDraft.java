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
