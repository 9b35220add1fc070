package dev.graft.checkpoint;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Element types of the safetensors format (0.8), under the names that its headers use. */
public enum DType {
    BOOL(8),
    F4(4),
    F6_E2M3(6),
    F6_E3M2(6),
    U8(8),
    I8(8),
    F8_E5M2(8),
    F8_E4M3(8),
    F8_E8M0(8),
    F8_E4M3FNUZ(8),
    F8_E5M2FNUZ(8),
    I16(16),
    U16(16),
    F16(16),
    BF16(16),
    I32(32),
    U32(32),
    F32(32),
    C64(64),
    F64(64),
    I64(64),
    U64(64);

    private static final Map<String, DType> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(DType::name, type -> type));

    private final int bits;

    DType(int bits) {
        this.bits = bits;
    }

    /** Bits of one element; below 8, elements are packed and a tensor must still end on a byte. */
    public int bits() {
        return bits;
    }

    /** Whether {@link SafetensorsFile#floats} can read it. */
    public boolean isFloat() {
        return this == F32 || this == BF16 || this == F16 || this == F64;
    }

    /** The element type with this name in a header. */
    public static Optional<DType> named(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    static String known() {
        return Arrays.stream(values()).map(DType::name).collect(Collectors.joining(", "));
    }
}
