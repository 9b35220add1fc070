package dev.graft.runtime.optim;

import dev.graft.dsl.Training.RateShape;

/**
 * The learning rate over a run, as transformers' schedules of these names: a linear rise over the warm-up, then constant,
 * or down to zero at the end in equal steps or along half a cosine.
 *
 * @param peak after the warm-up
 * @param warmup optimizer steps of the rise; the first has rate 0 if there are any
 * @param steps optimizer steps of the whole run
 */
public record LearningRate(RateShape shape, double peak, int warmup, int steps) {

    /** The rate of a step; the first is 0. */
    public double at(int step) {
        return peak * factor(step);
    }

    private double factor(int step) {
        if (step < warmup) {
            return (double) step / warmup;
        }
        double done = (double) (step - warmup) / Math.max(1, steps - warmup);
        return switch (shape) {
            case CONSTANT -> 1;
            case LINEAR -> Math.max(0, 1 - done);
            case COSINE -> Math.max(0, (1 + Math.cos(Math.PI * done)) / 2);
        };
    }
}
