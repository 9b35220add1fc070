package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Event files are held against one that the tensorboard package wrote ({@code tensorboard/reference.py}). */
class EventLogTest {
    @TempDir
    private Path folder;

    @Test
    void writes_the_bytes_that_tensorboard_writes() throws IOException {
        Path file = folder.resolve("events");
        try (AppendedFile bytes = AppendedFile.open(file, 0)) {
            EventLog log = new EventLog(bytes, 0.5);
            log.write(1.5, 0, Map.of("validation/loss", 5.25));
            log.write(1764100000.125, 1, scalars("train/loss", 4.875, "train/rate", 3e-4, "train/skipped", 0.0));
            log.write(1764100001.0, 300, scalars("load/layer_3", 1.4921875, "share/b.1.ünï/expert_0", -1.0));
        }

        assertThat(Files.readAllBytes(file)).isEqualTo(reference());
    }

    @Test
    void goes_on_behind_the_records_that_are_known_and_leaves_out_what_is_no_number() throws IOException {
        Path file = folder.resolve("events");
        Files.write(file, reference());
        long known = reference().length - 84L; // before the last record

        try (AppendedFile bytes = AppendedFile.open(file, known)) {
            new EventLog(bytes, 9)
                    .write(
                            1764100001.0,
                            300,
                            scalars(
                                    "load/layer_3",
                                    1.4921875,
                                    "train/loss",
                                    Double.NaN,
                                    "share/b.1.ünï/expert_0",
                                    -1.0));
        }

        assertThat(Files.readAllBytes(file)).isEqualTo(reference());
    }

    private static Map<String, Double> scalars(Object... pairs) {
        Map<String, Double> scalars = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            scalars.put((String) pairs[i], (Double) pairs[i + 1]);
        }
        return scalars;
    }

    private static byte[] reference() throws IOException {
        try (InputStream file = EventLogTest.class.getResourceAsStream("/tensorboard/events.tfevents")) {
            return Objects.requireNonNull(file).readAllBytes();
        }
    }
}
