package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A generated program as a process: what it says, how it ends, and that a killed one goes on. */
class ProgramMainTest {
    private static final int STEPS = 200;

    /** The tensors of a pass are about 1 MiB: a leak of a twentieth of them over 140 steps would be seen. */
    private static final long GROWTH_KIB = 8_000;

    @TempDir
    static Path folder;

    private static GeneratedJar jar = new GeneratedJar("", Path.of(""));

    @BeforeAll
    static void compile() throws IOException {
        jar = GeneratedJar.compile(
                TinyRun.adamoeSurgery(
                        t -> t.steps(STEPS).saveEvery(40).batch(2).microBatch(1).length(8)),
                folder.resolve("project"));
    }

    @Test
    void a_killed_run_goes_on_bit_for_bit_and_native_memory_stays_flat() throws Exception {
        Process whole = jar.start(folder.resolve("whole"));
        try (BufferedReader output = whole.inputReader()) {
            GeneratedJar.readUntil(output, "step 60/");
            long before = residentKib(whole);
            GeneratedJar.readUntil(output, "step " + (STEPS - 1) + "/");
            long after = residentKib(whole);
            List<String> end = GeneratedJar.readUntil(output, "adapter, plan and metrics are in ");
            assertThat(whole.waitFor()).as("%s", end).isZero();
            assertThat(after - before).as("growth of resident memory in KiB").isLessThan(GROWTH_KIB);
        }

        Process killed = jar.start(folder.resolve("killed"));
        try (BufferedReader output = killed.inputReader()) {
            GeneratedJar.readUntil(output, "step 97/");
            killed.destroyForcibly();
        }
        killed.waitFor();
        assertThat(folder.resolve("killed")).doesNotExist();
        Process resumed = jar.start(folder.resolve("killed"), "--resume");
        try (BufferedReader output = resumed.inputReader()) {
            List<String> said = GeneratedJar.readUntil(output, "no such line");
            assertThat(resumed.waitFor()).as("%s", said).isZero();
            assertThat(said.get(0)).startsWith("resuming after step 80 of " + STEPS);
        }
        assertThat(TinyRun.adapter(folder.resolve("killed"))).isEqualTo(TinyRun.adapter(folder.resolve("whole")));
    }

    @Test
    void a_run_that_is_told_to_end_saves_its_state_and_says_143() throws Exception {
        Process told = jar.start(folder.resolve("told"));
        try (BufferedReader output = told.inputReader()) {
            GeneratedJar.readUntil(output, "step 5/");
            told.toHandle().destroy();
            List<String> end = GeneratedJar.readUntil(output, "no such line");
            assertThat(told.waitFor()).as("%s", end).isEqualTo(143);
            assertThat(end.get(end.size() - 1)).startsWith("interrupted after step ");
        }
        assertThat(new StateFiles(folder.resolve("told.partial")).latest()).isPresent();
    }

    @Test
    void a_disk_that_is_full_ends_the_run_with_a_message_and_nothing_half_written() throws Exception {
        Process full = jar.startWithFilesUpTo(100, folder.resolve("full"));
        try (BufferedReader output = full.inputReader()) {
            List<String> said = GeneratedJar.readUntil(output, "no such line");
            assertThat(full.waitFor()).as("%s", said).isEqualTo(2);
            assertThat(said).anyMatch(line -> line.startsWith("[E_NOSPACE] can't write "));
        }
        assertThat(folder.resolve("full")).doesNotExist();
        assertThat(new StateFiles(folder.resolve("full.partial")).latest()).isEmpty();
    }

    @Test
    void wrong_arguments_are_all_named() throws Exception {
        Process wrong = jar.start(folder.resolve("wrong"), "--bsae", "--out");
        try (BufferedReader output = wrong.inputReader()) {
            List<String> said = GeneratedJar.readUntil(output, "no such line");
            assertThat(wrong.waitFor()).isEqualTo(2);
            assertThat(said)
                    .containsExactly(
                            "[E_USAGE] there is no option '--bsae'",
                            "  nearest: --base",
                            "  fix: see --help",
                            "[E_USAGE] --out has no value",
                            "  fix: see --help");
        }
    }

    private static long residentKib(Process process) throws IOException {
        Path status = Path.of("/proc/" + process.pid() + "/status");
        assumeTrue(Files.exists(status), "resident memory is read from /proc");
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }
}
