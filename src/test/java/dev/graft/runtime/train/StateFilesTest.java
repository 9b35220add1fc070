package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.issue.GraftException;
import dev.graft.runtime.data.Cursor;
import dev.graft.runtime.random.RandomKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFilesTest {
    @TempDir
    Path folder;

    @Test
    void a_state_comes_back_as_it_was() {
        StateFiles states = new StateFiles(folder);
        TrainingState state = state(12, new Progress.Best(9, 0.1));

        states.save(state);

        TrainingState read = states.latest().orElseThrow();
        assertThat(read).usingRecursiveComparison().isEqualTo(state);
    }

    @Test
    void only_the_last_state_stays() throws Exception {
        StateFiles states = new StateFiles(folder);
        states.save(state(9, null));
        states.save(state(10, null));

        assertThat(states.latest().orElseThrow().step()).isEqualTo(10);
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(2);
        }
        states.clear();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void a_state_that_was_cut_off_while_it_was_written_does_not_count() throws Exception {
        StateFiles states = new StateFiles(folder);
        states.save(state(9, null));
        // Killed between the state and its checksum, and before: between temporary file and rename.
        Files.copy(folder.resolve("state-9.safetensors"), folder.resolve("state-10.safetensors"));
        Files.writeString(folder.resolve(".state-11.safetensors.partial"), "half");

        assertThat(states.latest().orElseThrow().step()).isEqualTo(9);
        states.save(state(12, null));
        assertThat(states.latest().orElseThrow().step()).isEqualTo(12);
    }

    @Test
    void any_flipped_bit_is_found_and_its_file_named() throws Exception {
        StateFiles states = new StateFiles(folder);
        states.save(state(3, new Progress.Best(2, 1.5)));
        RandomKey random = RandomKey.of(1);
        for (String name : new String[] {"state-3.safetensors", "state-3.safetensors.sha256"}) {
            Path file = folder.resolve(name);
            byte[] whole = Files.readAllBytes(file);
            for (int i = 0; i < 50; i++) {
                long bit = Long.remainderUnsigned(random.bits(i), whole.length * 8L);
                byte[] flipped = whole.clone();
                flipped[(int) (bit / 8)] ^= (byte) (1 << bit % 8);
                Files.write(file, flipped);

                assertThatThrownBy(states::latest)
                        .as("bit %d of %s", bit, name)
                        .isInstanceOf(GraftException.class)
                        .hasMessageContaining("[E_CHECKSUM]")
                        .hasMessageContaining("state-3.safetensors");
            }
            Files.write(file, whole);
        }
    }

    private static TrainingState state(long step, Progress.@Nullable Best best) {
        return new TrainingState(
                new RunIdentity("plan", "base", "data", "start"),
                step,
                new Cursor(1, 7),
                new Progress(4, 2, step - 1, best, Map.of("4 model.q without expert_1", 7)),
                new RunLog.Lengths(321, 54),
                new float[] {1, -2.5f, 0},
                Map.of("mean", new float[] {3, 4, 5}, "steps", new float[] {8}));
    }
}
