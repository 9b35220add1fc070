package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.OutputFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Commands whose output can't be where it is wanted: each says why and leaves nothing. */
class BadDiskTest {
    /** A disk of its own for the command behind it; then what is on it. */
    private static final String SCRIPT = """
            disk=$1 options=$2; shift 2
            mount -t tmpfs tmpfs "$disk" && mount -o "remount,$options" "$disk" || exit 99
            "$@"; code=$?
            ls -A "$disk" | sed 's/^/left: /'
            exit $code
            """;

    private record Ended(int exitCode, String said) {}

    @TempDir
    Path folder;

    private Path disk = Path.of("");

    @BeforeEach
    void make_a_mount_point() throws IOException {
        disk = Files.createDirectory(folder.resolve("disk"));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void a_disk_without_enough_room_is_refused_before_anything_is_written() throws Exception {
        Ended ended = patchOn("size=1m", "--copy");

        assertThat(ended.exitCode()).as(ended.said()).isEqualTo(2);
        assertThat(ended.said())
                .startsWith("[E_NOSPACE] " + disk)
                .containsPattern("\\d+ bytes are to be written, the disk has room for \\d+\n")
                .doesNotContain("left: ");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void a_disk_that_is_read_only_is_refused() throws Exception {
        Ended ended = patchOn("ro");

        assertThat(ended.exitCode()).as(ended.said()).isEqualTo(2);
        assertThat(ended.said())
                .startsWith("[E_PERM] can't create " + disk.resolve("out"))
                .contains("Read-only file system")
                .doesNotContain("left: ");
    }

    @Test
    void a_folder_that_another_process_writes_is_refused_and_left_alone() throws Exception {
        Path out = folder.resolve("out");
        try (OutputFolder ours = OutputFolder.create(out, IfExists.REFUSE)) {
            Files.writeString(ours.path().resolve("plan.json"), "ours");

            Ended ended = end(Graft.process(List.of(), "patch", "adamoe-mixtral", "--out", out));

            assertThat(ended.exitCode()).as(ended.said()).isEqualTo(2);
            assertThat(ended.said()).startsWith("[E_LOCKED] " + folder.resolve("out.partial"));
            ours.publish();
        }
        assertThat(out.resolve("plan.json")).hasContent("ours");
    }

    private Ended patchOn(String options, String... more) throws Exception {
        List<String> mounted = List.of("unshare", "-m", "bash", "-c", SCRIPT, "bash", disk.toString(), options);
        Object[] words = Stream.concat(
                        Stream.of("patch", "adamoe-mixtral", "--out", disk.resolve("out")), Stream.of(more))
                .toArray();
        Ended ended = end(Graft.process(mounted, words));
        assumeTrue(ended.exitCode() != 99 && !ended.said().startsWith("unshare: "), "mounting is not allowed here");
        return ended;
    }

    private static Ended end(ProcessBuilder command) throws Exception {
        Process process = command.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), said);
    }
}
