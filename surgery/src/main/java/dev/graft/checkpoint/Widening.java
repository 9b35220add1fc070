package dev.graft.checkpoint;

import java.nio.ByteBuffer;

/** Stored elements as Java numbers. Buffers are little-endian and may start at any byte. */
public final class Widening {
    private Widening() {}

    /** F64 is rounded to the nearest float, the others are exact. */
    static void floats(DType dtype, ByteBuffer source, float[] target, int at, int count) {
        switch (dtype) {
            case F32 -> source.asFloatBuffer().get(target, at, count);
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    target[at + i] = bf16(source.getShort(Short.BYTES * i));
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    target[at + i] = f16(source.getShort(Short.BYTES * i));
                }
            }
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    target[at + i] = (float) source.getDouble(Double.BYTES * i);
                }
            }
            default -> throw new IllegalArgumentException(dtype + " is no float type");
        }
    }

    static double decimal(DType dtype, ByteBuffer source, int index) {
        return switch (dtype) {
            case F64 -> source.getDouble(Double.BYTES * index);
            case F32 -> source.getFloat(Float.BYTES * index);
            case BF16 -> bf16(source.getShort(Short.BYTES * index));
            case F16 -> f16(source.getShort(Short.BYTES * index));
            default -> throw new IllegalArgumentException(dtype + " is no float type");
        };
    }

    /** U64 above 2^63 - 1 comes back negative, as its bits are. */
    static long whole(DType dtype, ByteBuffer source, int index) {
        return switch (dtype) {
            case I64, U64 -> source.getLong(Long.BYTES * index);
            case I32 -> source.getInt(Integer.BYTES * index);
            case U32 -> Integer.toUnsignedLong(source.getInt(Integer.BYTES * index));
            case I16 -> source.getShort(Short.BYTES * index);
            case U16 -> Short.toUnsignedLong(source.getShort(Short.BYTES * index));
            case I8 -> source.get(index);
            case U8, BOOL -> Byte.toUnsignedLong(source.get(index));
            default -> throw new IllegalArgumentException(dtype + " is no whole-number type");
        };
    }

    /** The upper half of a float. */
    public static float bf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
    static float f16(short bits) {
        int sign = (bits & 0x8000) << 16;
        int exponent = (bits >> 10) & 0x1F;
        int fraction = bits & 0x3FF;
        if (exponent == 0x1F) {
            return Float.intBitsToFloat(sign | 0x7F80_0000 | (fraction << 13));
        }
        if (exponent == 0) {
            float subnormal = fraction * 0x1p-24f;
            return sign == 0 ? subnormal : -subnormal;
        }
        return Float.intBitsToFloat(sign | ((exponent + 127 - 15) << 23) | (fraction << 13));
    }
}
