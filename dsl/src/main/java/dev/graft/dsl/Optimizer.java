package dev.graft.dsl;

/** What turns gradients into steps. */
public sealed interface Optimizer {

    /** Peak learning rate. */
    double rate();

    /** The same with another peak rate. */
    Optimizer withRate(double rate);

    /** Adam with decoupled weight decay. */
    record AdamW(double rate, double beta1, double beta2, double epsilon, double weightDecay) implements Optimizer {
        @Override
        public AdamW withRate(double other) {
            return new AdamW(other, beta1, beta2, epsilon, weightDecay);
        }
    }

    /**
     * Adafactor scaled by the parameter's RMS, without momentum.
     *
     * @param decay exponent of 1 − t^−decay
     * @param clipping bound of the update's RMS
     * @param factoredFrom both dimensions must be at least this for a factored second moment
     */
    record Adafactor(double rate, double decay, double clipping, int factoredFrom) implements Optimizer {
        @Override
        public Adafactor withRate(double other) {
            return new Adafactor(other, decay, clipping, factoredFrom);
        }
    }
}
