package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PatchCommandTest {
    @TempDir
    private Path folder;

    @Test
    void a_folder_that_is_there_is_not_patched_into() throws IOException {
        Path out = Files.createDirectory(folder.resolve("widened"));
        Path mine = Files.writeString(out.resolve("mine.txt"), "mine");

        Graft refused = Graft.run("patch", "adamoe-mixtral", "--out", out);
        Graft overwritten = Graft.run("patch", "adamoe-mixtral", "--out", out, "--overwrite");

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err())
                .isEqualToIgnoringNewLines("[E_EXISTS] " + out + ": the output is there already"
                        + "  fix: choose another folder, or replace it with --overwrite");
        assertThat(overwritten.exitCode()).isEqualTo(2);
        assertThat(overwritten.err()).contains("this was not written by Graft");
        assertThat(folder).isDirectoryNotContaining("glob:**.partial");
        assertThat(mine).hasContent("mine");
    }
}
