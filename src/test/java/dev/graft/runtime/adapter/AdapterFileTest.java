package dev.graft.runtime.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.SafetensorsWriter;
import dev.graft.issue.GraftException;
import dev.graft.runtime.model.Init;
import dev.graft.runtime.model.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterFileTest {
    private static final BaseIdentity BASE = new BaseIdentity("llama, 2 layers of width 3, vocabulary 9", "h1", "c1");
    private static final AdapterHeader HEADER = new AdapterHeader("m1", "p1", 40, "{\"name\":\"x\"}", BASE, "");

    @TempDir
    Path folder;

    private Path file = Path.of("");

    @BeforeEach
    void name() {
        file = folder.resolve("adapter.safetensors");
    }

    @Test
    void tensors_are_named_and_shaped_by_site_and_come_back_as_one_buffer() {
        float[] values = numbers(18);

        AdapterFile.write(file, IfExists.REFUSE, HEADER, layout(), values);

        AdapterFile adapter = AdapterFile.open(file);
        assertThat(adapter.header()).isEqualTo(HEADER);
        assertThat(adapter.values(layout(), false)).isEqualTo(values);
        SafetensorsFile tensors = SafetensorsFile.open(file);
        assertThat(tensors.tensors().keySet()).containsExactly("q.lora_A", "k.lora_A", "q.lora_B");
        assertThat(tensors.tensor("q.lora_A").shape()).containsExactly(2L, 1L, 3L);
        assertThat(tensors.floats("k.lora_A")).containsExactly(6, 7, 8, 9, 10, 11);
        assertThat(tensors.metadata().get("graft.layout"))
                .isEqualTo("{\"layer0_q_k_lora_A\":[\"q.lora_A\",\"k.lora_A\"],\"layer0_q_lora_B\":[\"q.lora_B\"]}");
    }

    @Test
    void another_base_is_refused_with_what_differs() {
        AdapterFile.write(file, IfExists.REFUSE, HEADER, layout(), numbers(18));
        AdapterFile adapter = AdapterFile.open(file);

        assertThatCode(() -> adapter.requireFits("m1", BASE)).doesNotThrowAnyException();
        assertRefused(
                adapter,
                "m1",
                new BaseIdentity("llama, 30 layers of width 576, vocabulary 49152", "h2", "c2"),
                "that is llama, 2 layers of width 3, vocabulary 9, this is llama, 30 layers of width 576");
        assertRefused(adapter, "m1", new BaseIdentity(BASE.model(), "h2", "c2"), "names, types or shapes");
        assertRefused(adapter, "m1", new BaseIdentity(BASE.model(), "h1", "c2"), "have other values");
        assertRefused(adapter, "m2", BASE, "the base is the same, but other sites");
    }

    private static void assertRefused(AdapterFile adapter, String modelHash, BaseIdentity base, String why) {
        assertThatThrownBy(() -> adapter.requireFits(modelHash, base))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_BASE_MISMATCH]")
                .hasMessageContaining(why);
    }

    @Test
    void infinities_and_nans_are_refused_unless_allowed() {
        float[] values = numbers(18);
        values[7] = Float.NaN;
        values[17] = Float.POSITIVE_INFINITY;
        AdapterFile.write(file, IfExists.REFUSE, HEADER, layout(), values);
        AdapterFile adapter = AdapterFile.open(file);

        assertThatThrownBy(() -> adapter.values(layout(), false))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_NONFINITE]")
                .hasMessageContaining("'k.lora_A' has an infinity or NaN at element 1")
                .hasMessageContaining("'q.lora_B' has an infinity or NaN at element 5");
        assertThat(adapter.values(layout(), true)).isEqualTo(values);
    }

    @Test
    void any_flipped_bit_is_refused_and_its_file_named() throws IOException {
        AdapterFile.write(file, IfExists.REFUSE, HEADER, layout(), numbers(18));
        byte[] whole = Files.readAllBytes(file);
        int data = whole.length - 18 * Float.BYTES;

        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Path damaged = Files.write(folder.resolve("damaged.safetensors"), flipped);

            GraftException refused = catchThrowableOfType(GraftException.class, () -> AdapterFile.open(damaged));

            assertThat(refused).as("bit %d", bit).isNotNull().hasMessageContaining(damaged.toString());
            if (bit >= 8 * data) {
                assertThat(refused).as("bit %d", bit).hasMessageStartingWith("[E_CHECKSUM] ");
            }
        }
    }

    @Test
    void metadata_that_were_changed_are_refused() {
        new SafetensorsWriter()
                .metadata(new AdapterHeader("m1", "p1", 40, "{}", BASE, "").metadata())
                .metadata(AdapterFile.CHECKSUM, "0".repeat(64))
                .write(file, IfExists.REFUSE);

        assertThatThrownBy(() -> AdapterFile.open(file))
                .isInstanceOf(GraftException.class)
                .hasMessageStartingWith("[E_CHECKSUM] " + file);
    }

    @Test
    void missing_unknown_and_misshapen_tensors_are_named_together() {
        new SafetensorsWriter()
                .metadata(HEADER.metadata())
                .checksum(AdapterFile.CHECKSUM)
                .floats("q.lora_A", List.of(2L, 3L), numbers(6))
                .floats("k.lora_a", List.of(2L, 1L, 3L), numbers(6))
                .floats("q.lora_B", List.of(2L, 1L, 3L), numbers(6))
                .write(file, IfExists.REFUSE);

        assertThatThrownBy(() -> AdapterFile.open(file).values(layout(), false))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("tensor 'q.lora_A' is F32 [2, 3], the model has F32 [2, 1, 3]")
                .hasMessageContaining("tensor 'k.lora_A' is missing\n  nearest: k.lora_a")
                .hasMessageContaining("the model has no tensor 'k.lora_a'");
    }

    @Test
    void a_file_that_is_no_adapter_is_refused() {
        new SafetensorsWriter().floats("x", List.of(1L), 1).write(file, IfExists.REFUSE);

        assertThatThrownBy(() -> AdapterFile.open(file))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_ADAPTER]")
                .hasMessageContaining("no adapter of Graft");
    }

    private static Layout layout() {
        Layout layout = new Layout();
        layout.leaf(0, "q_k_lora_A")
                .tensor("q.lora_A", Init.normal(1), 2, 1, 3)
                .tensor("k.lora_A", Init.normal(1), 2, 1, 3);
        layout.leaf(0, "q_lora_B").tensor("q.lora_B", Init.fill(0), 2, 1, 3);
        return layout;
    }

    private static float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = i;
        }
        return numbers;
    }
}
