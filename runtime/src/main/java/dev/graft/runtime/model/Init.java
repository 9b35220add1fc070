package dev.graft.runtime.model;

/** How a trainable tensor starts. */
public sealed interface Init {

    static Init normal(double deviation) {
        return new Normal(deviation);
    }

    static Init uniform(double bound) {
        return new Uniform(bound);
    }

    static Init fill(double value) {
        return new Fill(value);
    }

    static Init pretrained() {
        return new Pretrained();
    }

    /** N(0, deviation²). */
    record Normal(double deviation) implements Init {}

    /** Uniform on ±bound. */
    record Uniform(double bound) implements Init {}

    /** Every element the same. */
    record Fill(double value) implements Init {}

    /** Its value in the checkpoint, which has a tensor of its name. */
    record Pretrained() implements Init {}
}
