package dev.graft.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every 16-bit number comes back, and what lies between two goes to the nearer one. */
class NarrowingTest {

    @ParameterizedTest
    @EnumSource(names = {"BF16", "F16"})
    void every_stored_number_comes_back(DType type) {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = widened(type, bits);
            if (!Float.isNaN(value)) {
                assertThat(narrowed(type, value)).isEqualTo((short) bits);
            }
        }
        assertThat(widened(type, narrowed(type, Float.NaN))).isNaN();
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "F16"})
    void between_two_numbers_the_nearer_one_wins_and_the_even_one_of_equals(DType type) {
        int infinity = type == DType.BF16 ? 0x7F80 : 0x7C00;
        for (int bits = 0; bits < infinity - 1; bits++) {
            double low = widened(type, bits);
            double high = widened(type, bits + 1);
            float middle = (float) ((low + high) / 2); // exact: one bit more than the stored type has
            assertThat(narrowed(type, middle)).isEqualTo((short) (bits + bits % 2));
            assertThat(narrowed(type, -Math.nextDown(middle))).isEqualTo((short) (bits | 0x8000));
            assertThat(narrowed(type, Math.nextUp(middle))).isEqualTo((short) (bits + 1));
        }
        float largest = Narrowing.largest(type);
        assertThat(narrowed(type, largest)).isEqualTo((short) (infinity - 1));
        assertThat(narrowed(type, Math.nextUp(largest))).isEqualTo((short) infinity);
    }

    private static short narrowed(DType type, float value) {
        return Narrowing.bytes(type, new float[] {value}, 1).getShort(0);
    }

    private static float widened(DType type, int bits) {
        float[] value = new float[1];
        ByteBuffer bytes = ByteBuffer.allocate(2).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        Widening.floats(type, bytes.putShort(0, (short) bits), value, 0, 1);
        return value[0];
    }
}
