package dev.graft.runtime.engine;

import dev.graft.dsl.Training;

/** What a tensor's elements are; DJL's own data type does not know bf16. */
public enum ElementType {
    INT64(4, 8),
    FP16(5, 2),
    FP32(6, 4),
    FP64(7, 8),
    BF16(15, 2);

    private final long number;
    private final int bytes;

    ElementType(long number, int bytes) {
        this.number = number;
        this.bytes = bytes;
    }

    /** That of frozen weights and activations in a run. */
    public static ElementType of(Training.Precision precision) {
        return precision == Training.Precision.BF16 ? BF16 : FP32;
    }

    /** torch's number for it. */
    long number() {
        return number;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }
}
