package dev.graft.checkpoint;

import static dev.graft.checkpoint.RawFile.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SafetensorsRoundTripTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(DType.class)
    void every_element_type_comes_back_byte_by_byte(DType dtype) {
        byte[] data = new byte[3 * dtype.bits()];
        new Random(1).nextBytes(data);
        Path file = folder.resolve("x.safetensors");

        new SafetensorsWriter()
                .bytes("x", dtype, List.of(4L, 6L), ByteBuffer.wrap(data))
                .write(file, IfExists.REFUSE);
        SafetensorsFile read = SafetensorsFile.open(file);

        assertThat(read.tensor("x"))
                .returns(dtype, TensorInfo::dtype)
                .returns(List.of(4L, 6L), TensorInfo::shape)
                .returns(24L, TensorInfo::elements)
                .returns((long) data.length, TensorInfo::bytes);
        assertThat(read.bytes("x")).isEqualTo(ByteBuffer.wrap(data));
    }

    @Test
    void metadata_scalars_empty_tensors_and_order_come_back() {
        Path file = folder.resolve("x.safetensors");

        new SafetensorsWriter()
                .metadata(Map.of("format", "pt"))
                .metadata("case", "{\"é\": \"\\n\"}")
                .floats("z", List.of(), 1.5f)
                .floats("empty", List.of(2L, 0L))
                .longs("a", List.of(2L), Long.MIN_VALUE, -1)
                .write(file, IfExists.REFUSE);
        SafetensorsFile read = SafetensorsFile.open(file);

        assertThat(read.metadata()).isEqualTo(Map.of("format", "pt", "case", "{\"é\": \"\\n\"}"));
        assertThat(read.tensors().keySet()).containsExactly("z", "empty", "a");
        assertThat(read.floats("z")).containsExactly(1.5f);
        assertThat(read.floats("empty")).isEmpty();
        assertThat(read.longs("a")).containsExactly(Long.MIN_VALUE, -1);
    }

    @Test
    void the_header_is_padded_to_eight_bytes() throws IOException {
        for (int length = 0; length < 8; length++) {
            Path file = folder.resolve(length + ".safetensors");

            new SafetensorsWriter().floats("x".repeat(length), List.of(1L), 1).write(file, IfExists.REFUSE);

            assertThat(SafetensorsFile.open(file).tensor("x".repeat(length)).offset() % 8)
                    .isZero();
        }
    }

    @Test
    void the_same_calls_give_the_same_bytes() throws IOException {
        for (String name : List.of("a", "b")) {
            new SafetensorsWriter()
                    .metadata("k", "v")
                    .floats("x", List.of(1L), 1)
                    .write(folder.resolve(name), IfExists.REFUSE);
        }

        assertThat(folder.resolve("a")).hasSameBinaryContentAs(folder.resolve("b"));
    }

    @Test
    void bf16_at_an_odd_offset_has_the_same_values() {
        // given 1, -2.5 and the largest bf16, behind a single byte
        ByteBuffer bf16 = ByteBuffer.allocate(6).order(ByteOrder.LITTLE_ENDIAN);
        bf16.putShort((short) 0x3F80)
                .putShort((short) 0xC020)
                .putShort((short) 0x7F7F)
                .flip();
        Path file = folder.resolve("x.safetensors");

        // when
        new SafetensorsWriter()
                .bytes("byte", DType.U8, List.of(1L), ByteBuffer.wrap(new byte[] {7}))
                .bytes("x", DType.BF16, List.of(3L), bf16)
                .write(file, IfExists.REFUSE);
        SafetensorsFile read = SafetensorsFile.open(file);

        // then
        assertThat(read.tensor("x").offset() % 2).isOne();
        assertThat(read.floats("x")).containsExactly(1f, -2.5f, 0x1.FEp127f);
        assertThat(read.doubles("x")).containsExactly(1, -2.5, 0x1.FEp127);
    }

    @Test
    void f16_is_widened_exactly() {
        // IEEE 754 binary16: 1, -2, largest, smallest normal, smallest subnormal, -0, infinity
        short[] bits = {0x3C00, (short) 0xC000, 0x7BFF, 0x0400, 0x0001, (short) 0x8000, 0x7C00};
        ByteBuffer f16 = ByteBuffer.allocate(2 * bits.length).order(ByteOrder.LITTLE_ENDIAN);
        f16.asShortBuffer().put(bits);
        Path file = folder.resolve("x.safetensors");

        new SafetensorsWriter()
                .bytes("x", DType.F16, List.of((long) bits.length), f16)
                .write(file, IfExists.REFUSE);

        assertThat(SafetensorsFile.open(file).floats("x"))
                .containsExactly(1f, -2f, 65504f, 0x1p-14f, 0x1p-24f, -0f, Float.POSITIVE_INFINITY);
    }

    @Test
    void whole_numbers_keep_sign_and_range() {
        Path file = folder.resolve("x.safetensors");
        byte[] ones = {-1, -1, -1, -1, -1, -1, -1, -1};

        SafetensorsWriter writer = new SafetensorsWriter();
        for (DType dtype : List.of(DType.I8, DType.U8, DType.I16, DType.U16, DType.I32, DType.U32, DType.I64)) {
            writer.bytes(dtype.name(), dtype, List.of(), ByteBuffer.wrap(ones, 0, dtype.bits() / 8));
        }
        writer.write(file, IfExists.REFUSE);
        SafetensorsFile read = SafetensorsFile.open(file);

        assertThat(read.tensors().keySet().stream().map(name -> read.longs(name)[0]))
                .containsExactly(-1L, 255L, -1L, 65_535L, -1L, 4_294_967_295L, -1L);
    }

    @Test
    void a_file_can_be_replaced_while_it_is_mapped() {
        Path file = folder.resolve("x.safetensors");
        new SafetensorsWriter().floats("x", List.of(2L), 1, 2).write(file, IfExists.REFUSE);
        SafetensorsFile old = SafetensorsFile.open(file);
        ByteBuffer mapped = old.bytes("x");

        new SafetensorsWriter().copy(old, "x").floats("y", List.of(1L), 3).write(file, IfExists.REPLACE);

        assertThat(mapped.getFloat(4)).isEqualTo(2);
        assertThat(SafetensorsFile.open(file).floats("x")).containsExactly(1, 2);
        assertThatThrownBy(old::requireUnchanged).hasMessageStartingWith("[E_CHANGED] " + file);
    }

    @Test
    void a_file_cut_short_after_it_was_opened_is_not_mapped() throws IOException {
        Path file = folder.resolve("x.safetensors");
        new SafetensorsWriter().floats("x", List.of(2L), 1, 2).write(file, IfExists.REFUSE);
        SafetensorsFile opened = SafetensorsFile.open(file);

        Files.write(file, new byte[8]);

        assertThatThrownBy(() -> opened.floats("x")).hasMessageStartingWith("[E_CHANGED] " + file);
    }

    @Test
    void a_header_above_the_limit_is_not_written() {
        Path file = folder.resolve("x.safetensors");

        assertThatThrownBy(() -> new SafetensorsWriter()
                        .metadata("k", "x".repeat(HeaderReader.MAX_HEADER_BYTES))
                        .write(file, IfExists.REFUSE))
                .hasMessageStartingWith("[E_HEADER_SIZE]");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void data_of_another_size_than_the_shape_is_not_published() {
        Path file = folder.resolve("x.safetensors");

        assertThatThrownBy(() ->
                        new SafetensorsWriter().floats("x", List.of(3L), 1, 2).write(file, IfExists.REFUSE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("x wrote 8 bytes, its shape needs 12");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void the_first_value_that_is_not_finite_is_found() {
        Path file = folder.resolve("x.safetensors");
        ByteBuffer bf16 = ByteBuffer.wrap(new byte[] {0, 0, (byte) 0x80, 0x7F, (byte) 0xC0, 0x7F});

        new SafetensorsWriter()
                .floats("nan", List.of(2L, 3L), 0, Float.MAX_VALUE, -1, 1, Float.NaN, Float.NaN)
                .bytes("bf16", DType.BF16, List.of(3L), bf16)
                .floats("fine", List.of(2L), Float.MIN_VALUE, -Float.MAX_VALUE)
                .longs("whole", List.of(1L), -1)
                .write(file, IfExists.REFUSE);
        SafetensorsFile read = SafetensorsFile.open(file);

        assertThat(read.firstNonFinite("nan")).hasValue(4);
        assertThat(read.firstNonFinite("bf16")).hasValue(1);
        assertThat(read.firstNonFinite("fine")).isEmpty();
        assertThat(read.firstNonFinite("whole")).isEmpty();
        assertThat(NonFinite.issue(read, read.tensor("nan")).orElseThrow().render())
                .startsWith("[E_NONFINITE]")
                .contains("tensor 'nan' F32 [2, 3] has an infinity or NaN at index [1, 1]");
    }

    @Test
    void large_files_are_read_beyond_two_gibibytes() throws IOException {
        // given a sparse file of 5 GiB whose last tensor is a single byte
        Path file = folder.resolve("x.safetensors");
        long large = 5L << 30;
        String header = "{" + entry("large", "U8", "[" + large + "]", 0, large) + ","
                + entry("last", "U8", "[1]", large, large + 1) + "}";
        RawFile.write(file, header, 0);
        try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
            channel.position(8 + header.length() + large).write(ByteBuffer.wrap(new byte[] {42}));
        }

        // when
        SafetensorsFile read = SafetensorsFile.open(file);

        // then
        assertThat(read.longs("last")).containsExactly(42);
        assertThat(read.bytes("large", large - 4, 4)).isEqualTo(ByteBuffer.wrap(new byte[4]));
        assertThatThrownBy(() -> read.bytes("large"))
                .hasMessageStartingWith("[E_LIMIT]")
                .hasMessageContaining("5368709120 bytes");
    }
}
