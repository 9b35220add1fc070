package dev.graft.runtime.train;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A protocol buffer, field by field, as far as TensorBoard's events need it (protobuf.dev/programming-guides/encoding). */
final class ProtoMessage {
    private static final int VARINT = 0;
    private static final int EIGHT_BYTES = 1;
    private static final int COUNTED_BYTES = 2;
    private static final int FOUR_BYTES = 5;
    private static final int PAYLOAD = 0x7f;
    private static final int MORE = 0x80;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @CanIgnoreReturnValue
    ProtoMessage field(int number, double value) {
        return key(number, EIGHT_BYTES)
                .raw(little(Double.BYTES).putDouble(value).array());
    }

    @CanIgnoreReturnValue
    ProtoMessage field(int number, float value) {
        return key(number, FOUR_BYTES).raw(little(Float.BYTES).putFloat(value).array());
    }

    /** An int64; 0 is what its absence means, and is left out. */
    @CanIgnoreReturnValue
    ProtoMessage field(int number, long value) {
        return value == 0 ? this : key(number, VARINT).varint(value);
    }

    @CanIgnoreReturnValue
    ProtoMessage field(int number, String value) {
        return counted(number, value.getBytes(StandardCharsets.UTF_8));
    }

    @CanIgnoreReturnValue
    ProtoMessage field(int number, ProtoMessage value) {
        return counted(number, value.bytes());
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }

    private ProtoMessage counted(int number, byte[] value) {
        return key(number, COUNTED_BYTES).varint(value.length).raw(value);
    }

    private ProtoMessage key(int number, int type) {
        return varint((long) number << 3 | type);
    }

    private ProtoMessage varint(long value) {
        long rest = value;
        while ((rest & ~PAYLOAD) != 0) {
            bytes.write((int) (rest & PAYLOAD) | MORE);
            rest >>>= 7;
        }
        bytes.write((int) rest);
        return this;
    }

    private ProtoMessage raw(byte[] value) {
        bytes.writeBytes(value);
        return this;
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
