package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.fixtures.ProcessMemory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Processes with too little memory end with a message that says what was needed and what there was, and never crash. */
class MemoryFaultsTest {
    @TempDir
    Path folder;

    @Test
    void too_small_a_heap_is_told() throws Exception {
        GeneratedJar jar = GeneratedJar.compile(TinyRun.adamoeSurgery(t -> t.steps(2)), folder.resolve("project"));

        List<String> said = saidUnlessDone(jar, jar.withHeap(6).start(folder.resolve("run"), "--force"));

        assertThat(String.join("\n", said))
                .contains("[E_MEMORY] the memory did not suffice (")
                .contains("Java may use ")
                .contains("fix: let Java use more: -Xmx");
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void an_engine_that_gets_no_memory_is_told_and_takes_no_half_step() throws Exception {
        GeneratedJar jar = GeneratedJar.compile(
                TinyRun.adamoeSurgery(t -> t.steps(1).batch(64).length(1024)), folder.resolve("project"));
        Path out = folder.resolve("run");
        long limit = peakKib(jar.start(folder.resolve("sound")));

        List<String> said = List.of();
        for (int tries = 0; said.isEmpty(); tries++) {
            assertThat(tries).as("a process that makes do with ever less").isLessThan(6);
            limit = limit / 8 * 7;
            Process process = jar.startBehind(
                    List.of("bash", "-c", "ulimit -v " + limit + "; exec \"$@\"", "bash"),
                    out,
                    "--force",
                    "--overwrite");
            said = saidUnlessDone(jar, process);
        }

        assertThat(String.join("\n", said))
                .contains("[E_MEMORY] the memory did not suffice (")
                .containsPattern("the machine has [\\d,]+ MiB left; the run needs about [\\d,]+ MiB: weights ")
                .contains("--resume goes on");
        assertThat(new StateFiles(folder.resolve("run.partial")).latest())
                .as("no half-taken step")
                .isEmpty();
    }

    /** Most address space that a process had while it ran. */
    private static long peakKib(Process process) throws Exception {
        long peak = 0;
        while (process.isAlive()) {
            try {
                peak = ProcessMemory.peakAddressesKib(process.pid());
            } catch (IOException | UncheckedIOException e) {
                break; // it has just ended
            }
            Thread.sleep(20);
        }
        assertThat(process.waitFor()).isZero();
        return peak;
    }

    /** What a refused run says; nothing where it had memory enough. */
    private static List<String> saidUnlessDone(GeneratedJar jar, Process process) throws Exception {
        try (BufferedReader output = process.inputReader()) {
            List<String> said = GeneratedJar.readUntil(output, "no such line");
            assertThat(process.waitFor()).as("%s", said).isIn(ExitCode.DONE, ExitCode.INPUT);
            assertThat(jar.hasCrashLog()).isFalse();
            return process.exitValue() == ExitCode.DONE ? List.of() : said;
        }
    }
}
