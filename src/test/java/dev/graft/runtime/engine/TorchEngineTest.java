package dev.graft.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.fixtures.ProcessMemory;
import dev.graft.issue.GraftException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class TorchEngineTest {
    @RegisterExtension
    private final Torch torch = new Torch();

    @Test
    void a_device_that_does_not_exist_is_refused() {
        assertThatThrownBy(() -> TorchEngine.open(Device.gpu(99), 0))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("E_DEVICE")
                .hasMessageContaining("gpu(99)");
    }

    @Test
    void numbers_come_back_as_they_went_and_bf16_rounds_to_eight_bits() {
        Ops ops = torch.ops();
        NDArray x = ops.upload(new float[] {1, 1 + 1f / 128, 1 + 1f / 512, -3e38f}, 2, 2);
        NDArray half = ops.cast(x, ElementType.BF16);
        assertThat(ops.floats(x)).containsExactly(1, 1 + 1f / 128, 1 + 1f / 512, -3e38f);
        assertThat(ops.floats(half)).startsWith(1, 1 + 1f / 128, 1);
        assertThat(ops.longs(ops.upload(new long[] {3, -1L << 40}))).containsExactly(3, -1L << 40);
    }

    @Test
    void a_tensor_of_a_mapped_file_starts_at_its_offset(@TempDir Path folder) throws IOException {
        // given: 6 bytes of something else, then bf16 1, 2, 3, 4
        Path file = folder.resolve("weights");
        ByteBuffer bytes = ByteBuffer.allocate(14).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(6);
        for (float value : new float[] {1, 2, 3, 4}) {
            bytes.putShort((short) (Float.floatToIntBits(value) >>> 16));
        }
        Files.write(file, bytes.array());
        Ops ops = torch.ops();
        // when
        NDArray mapped = ops.mapFile(file, ElementType.BF16, 7);
        NDArray weight = ops.mapped(mapped, 3, ElementType.BF16, 2, 2);
        // then
        torch.assertClose(weight, new double[][] {{1, 2}, {3, 4}}, 0);
        torch.assertClose(ops.mapped(mapped, 5, ElementType.FP32, 1, 2), new double[][] {{3, 4}}, 0);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void closing_a_scope_frees_its_tensors() throws IOException {
        long before = 0;
        for (int i = 0; i < 100; i++) {
            try (NDManager scope = torch.engine().scope()) {
                Ops ops = torch.engine().recording(scope);
                // 10 MB a round, with a graph over them
                NDArray x = ops.autograd().leaf(ops.zeros(ElementType.FP32, 1 << 19));
                NDArray y = ops.multiply(ops.add(x, x), x);
                ops.autograd().backward(java.util.List.of(y), java.util.List.of(x));
            }
            if (i == 20) {
                before = ProcessMemory.residentKib();
            }
        }
        assertThat(ProcessMemory.residentKib() - before).isLessThan(128 << 10);
    }
}
