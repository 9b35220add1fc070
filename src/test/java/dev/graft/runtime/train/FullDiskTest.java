package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A run on a disk that fills up, a tmpfs in a mount namespace of its own. */
@EnabledOnOs(OS.LINUX)
class FullDiskTest {
    /** Runs its arguments on a disk with little room, then again with enough, and keeps what came out. */
    private static final String SCRIPT = """
            disk=$1 kept=$2 room=$3; shift 3
            mount -t tmpfs -o size=$room tmpfs "$disk" || exit 99
            "$@"; echo "full: $?"
            ls -A "$disk"
            mount -o remount,size=64m "$disk"
            "$@" --resume; echo "roomy: $?"
            ls -A "$disk"
            cp "$disk"/run/* "$kept"
            """;

    private static final int PAGE = 4096;

    @TempDir
    Path folder;

    @Test
    void a_run_whose_disk_fills_up_ends_with_a_good_state_and_goes_on_when_there_is_room() throws Exception {
        assumeTrue(mayMount(), "mounting is not allowed here");
        GeneratedJar jar = GeneratedJar.compile(
                TinyRun.adamoeSurgery(t -> t.steps(60).saveEvery(5).batch(1).length(8)), folder.resolve("project"));
        said(jar.start(folder.resolve("whole")));
        Path disk = Files.createDirectory(folder.resolve("disk"));
        Path kept = Files.createDirectory(folder.resolve("kept"));

        // Two states fit, and half of the metrics and curves.
        Path whole = folder.resolve("whole");
        String room = Long.toString(2 * stateBytes(whole)
                + Files.size(whole.resolve("plan.json"))
                + (Files.size(whole.resolve("metrics.jsonl")) + Files.size(whole.resolve(EventLog.NAME))) / 2
                + 5 * PAGE);
        List<String> said = said(jar.startBehind(
                List.of("unshare", "-m", "bash", "-c", SCRIPT, "bash", disk.toString(), kept.toString(), room),
                disk.resolve("run")));

        assertThat(said).anyMatch(line -> line.startsWith("[E_NOSPACE] "));
        assertThat(said)
                .containsSubsequence("full: 2", "run.partial", "roomy: 0", "run")
                .anyMatch(line -> line.startsWith("resuming after step "));
        assertThat(TinyRun.adapter(kept)).isEqualTo(TinyRun.adapter(folder.resolve("whole")));
        assertThat(MetricsLines.of(kept).of("step", "loss"))
                .isEqualTo(MetricsLines.of(folder.resolve("whole")).of("step", "loss"));
    }

    /** fp32 values and two moments of each. */
    private static long stateBytes(Path run) {
        return 3L * Float.BYTES * TinyRun.values(run).length;
    }

    private static boolean mayMount() throws Exception {
        Process mount = new ProcessBuilder("unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt").start();
        return mount.waitFor() == 0;
    }

    private static List<String> said(Process process) throws Exception {
        try (BufferedReader output = process.inputReader()) {
            List<String> said = GeneratedJar.readUntil(output, "no such line");
            assertThat(process.waitFor()).as("%s", said).isZero();
            return said;
        }
    }
}
