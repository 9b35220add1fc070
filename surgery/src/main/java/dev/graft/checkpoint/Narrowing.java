package dev.graft.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Java floats as stored elements, rounded once to the nearest, ties to even. */
public final class Narrowing {
    private Narrowing() {}

    /** The stored bytes, little-endian, ready to be read; beyond the type's range they are infinities. */
    public static ByteBuffer bytes(DType dtype, float[] values, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(count * dtype.bits() / Byte.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            switch (dtype) {
                case F32 -> bytes.putFloat(values[i]);
                case BF16 -> bytes.putShort(bf16(values[i]));
                case F16 -> bytes.putShort(f16(values[i]));
                default -> throw new IllegalArgumentException("weights are not written as " + dtype);
            }
        }
        return bytes.flip();
    }

    /** What is larger rounds to infinity. */
    public static float largest(DType dtype) {
        return switch (dtype) {
            case F32 -> Float.MAX_VALUE;
            case BF16 -> Math.nextDown(0x1.FFp127f);
            case F16 -> Math.nextDown(65520f);
            default -> throw new IllegalArgumentException("weights are not written as " + dtype);
        };
    }

    /** The upper half of a float, rounded. */
    public static short bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
    static short f16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        float size = Math.abs(value);
        if (Float.isNaN(value)) {
            return (short) (sign | 0x7E00);
        }
        if (size >= 65520) { // half way from the largest number to the next power of two
            return (short) (sign | 0x7C00);
        }
        if (size < 0x1p-14f) {
            return (short) (sign | (int) Math.rint(size * 0x1p24));
        }
        int wide = Float.floatToRawIntBits(size);
        return (short) (sign | ((wide - (112 << 23) + 0xFFF + ((wide >>> 13) & 1)) >>> 13));
    }
}
