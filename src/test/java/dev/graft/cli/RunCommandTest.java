package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a run refuses before it loads a weight. */
class RunCommandTest {
    @TempDir
    private Path folder;

    @Test
    @EnabledOnOs(OS.LINUX)
    void a_folder_that_nobody_may_write_to() {
        Graft refused = run(Path.of("/sys/graft-run"));
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("[E_PERM] can't create /sys/graft-run: permission denied");
    }

    @Test
    void a_folder_below_a_file() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "text");
        Graft refused = run(file.resolve("run"));
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("[E_NOT_FOUND] can't create " + file.resolve("run"));
        assertThat(file).hasContent("text");
    }

    @Test
    void a_folder_that_is_there_is_left_as_it_is() throws IOException {
        Path there = Files.createDirectory(folder.resolve("there"));
        Files.writeString(there.resolve("own.txt"), "own");
        Graft refused = run(there);
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("[E_EXISTS]");
        assertThat(there.resolve("own.txt")).hasContent("own");
        assertThat(folder).isDirectoryNotContaining("glob:**/*.partial");
    }

    @Test
    void nothing_to_resume() {
        Graft refused = Graft.run("run", "plain-lora", "--data", data(), "--out", folder.resolve("none"), "--resume");
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("[E_NOT_FOUND]");
        assertThat(folder.resolve("none.partial")).doesNotExist();
    }

    private Graft run(Path out) {
        return Graft.run("run", "plain-lora", "--steps", "1", "--data", data(), "--out", out);
    }

    private Path data() {
        try {
            return Files.writeString(folder.resolve("data.txt"), "Enter the king. ".repeat(200));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
