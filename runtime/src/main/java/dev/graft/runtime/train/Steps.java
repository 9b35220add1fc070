package dev.graft.runtime.train;

import dev.graft.dsl.Training;
import dev.graft.runtime.data.Batches;
import dev.graft.runtime.data.Cursor;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.optim.LearningRate;
import java.util.List;

/** The steps of a run, one after the other. */
final class Steps {
    private final Training training;
    private final Batches batches;
    private final LearningRate rate;
    private final long total;
    private long made;

    Steps(Training training, List<Example> examples) {
        this.training = training;
        this.batches = training.shuffle()
                ? Batches.shuffled(examples, training.batch(), training.seed())
                : Batches.inFileOrder(examples, training.batch());
        this.total = training.steps().isPresent()
                ? training.steps().getAsInt()
                : Math.multiplyExact(batches.stepsPerEpoch(), training.epochs());
        this.rate = new LearningRate(
                training.shape(), training.optimizer().rate(), training.warmupSteps(), Math.toIntExact(total));
    }

    /** Steps of the whole run. */
    long total() {
        return total;
    }

    /** Steps handed out, those before a resumption included. */
    long made() {
        return made;
    }

    /** Where the data of the next step begins. */
    Cursor cursor() {
        return batches.cursor();
    }

    /** Goes on after this many steps. */
    void seek(long step, Cursor cursor) {
        made = step;
        batches.seek(cursor);
    }

    boolean hasNext() {
        return made < total;
    }

    Step next() {
        long epoch = batches.cursor().epoch();
        List<List<Example>> passes = Batches.split(batches.next(), training.microBatch(), 0);
        made++;
        return new Step(made, epoch, rate.at((int) made - 1), passes);
    }

    /** Whether the step before the next one used the last examples of an epoch. */
    boolean atEpochEnd() {
        return batches.cursor().position() == 0;
    }
}
