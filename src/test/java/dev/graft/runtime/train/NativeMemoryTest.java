package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Tensors are freed by scope: a long run needs no more memory than a short one. Its Java heap is full size from the start. */
class NativeMemoryTest {
    private static final int STEPS = 1000;

    /** 24 KiB a step: one tensor of hidden states has 48, 64 tokens by 192 numbers. The JVM itself still grows by some MiB. */
    private static final long GROWTH_KIB = 12_000;

    @Test
    @EnabledOnOs(OS.LINUX)
    void resident_memory_is_flat_over_a_thousand_steps(@TempDir Path folder) throws Exception {
        GeneratedJar jar = GeneratedJar.compile(
                TinyRun.adamoeSurgery(
                        t -> t.steps(STEPS).saveEvery(STEPS).batch(2).length(32)),
                folder.resolve("project"));
        Process run = jar.start(folder.resolve("run"));
        try (BufferedReader output = run.inputReader()) {
            long second = leastResidentKib(run, output, STEPS / 4, STEPS / 2);
            long fourth = leastResidentKib(run, output, 3 * STEPS / 4, STEPS - 1);
            GeneratedJar.readUntil(output, "no such line");
            assertThat(run.waitFor()).isZero();
            assertThat(fourth - second)
                    .as("growth from the second quarter to the fourth, in KiB")
                    .isLessThan(GROWTH_KIB);
        }
    }

    /** The allocator takes pages and gives them back later: only what never goes away is a leak. */
    private static long leastResidentKib(Process run, BufferedReader output, int first, int last) throws IOException {
        long least = Long.MAX_VALUE;
        for (int step = first; step <= last; step += (last - first) / 8) {
            GeneratedJar.readUntil(output, "step " + step + "/");
            least = Math.min(least, residentKib(run));
        }
        return least;
    }

    private static long residentKib(Process process) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
