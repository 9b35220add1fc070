package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.fixtures.ProcessMemory;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tensors are freed by scope: a long run needs no more memory than a short one. Its Java heap is full size from the start.
 * {@code -Dgraft.soak=N} sets how many steps.
 */
class NativeMemoryTest {
    private static final int STEPS = Integer.getInteger("graft.soak", 600);

    /**
     * Of the 300 steps between, a tensor of hidden states lost in each would be 57,600 KiB: 256 tokens by 192 numbers. The
     * JVM itself and the allocator's caches still grow, by 15 MiB on some machines.
     */
    private static final long GROWTH_KIB = 40_000;

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @EnabledOnOs(OS.LINUX)
    void resident_memory_and_tensors_are_flat_over_many_steps(int threads, @TempDir Path folder) throws Exception {
        GeneratedJar jar = GeneratedJar.compile(
                TinyRun.adamoeSurgery(
                        t -> t.steps(STEPS).saveEvery(STEPS).batch(4).length(64).threads(threads)),
                folder.resolve("project"));
        Process run = jar.start(folder.resolve("run"));
        try (BufferedReader output = run.inputReader()) {
            GeneratedJar.readUntil(output, "step " + (STEPS / 5) + "/");
            long tensorsAtFirst = tensors(run); // what the tool itself makes Java load is there from now on
            long second = leastResidentKib(run, output, STEPS / 4, STEPS / 2);
            long fourth = leastResidentKib(run, output, 3 * STEPS / 4, STEPS - STEPS / 20);
            long tensorsAtTheEnd = tensors(run);
            System.out.printf(
                    "%d steps: resident memory %d kB in the second quarter, %d kB in the fourth; tensors %d and %d%n",
                    STEPS, second, fourth, tensorsAtFirst, tensorsAtTheEnd);
            GeneratedJar.readUntil(output, "no such line");
            assertThat(run.waitFor()).isZero();
            assertThat(fourth - second)
                    .as("growth from the second quarter to the fourth, in KiB")
                    .isLessThan(GROWTH_KIB);
            // A moment is anywhere in a step, whose passes (one for each thread) have some hundreds; one lost tensor a
            // pass would be as many as passes.
            assertThat(tensorsAtTheEnd - tensorsAtFirst)
                    .as("growth of the number of tensors over %d steps", STEPS * 3 / 4)
                    .isLessThan(threads * (STEPS / 4L));
        }
    }

    /** The allocator takes pages and gives them back later: only what never goes away is a leak. */
    private static long leastResidentKib(Process run, BufferedReader output, int first, int last) throws IOException {
        long least = Long.MAX_VALUE;
        for (int step = first; step <= last; step += (last - first) / 8) {
            GeneratedJar.readUntil(output, "step " + step + "/");
            least = Math.min(least, ProcessMemory.residentKib(run.pid()));
        }
        return least;
    }

    /** Java's live handles of tensors, as its own tool counts them. */
    private static long tensors(Process process) throws Exception {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Process count = new ProcessBuilder(jcmd.toString(), Long.toString(process.pid()), "GC.class_histogram").start();
        try (BufferedReader histogram = count.inputReader()) {
            return histogram
                    .lines()
                    .filter(line -> line.matches(".*\\sai\\.djl\\.pytorch\\.engine\\.PtNDArray(\\s.*)?"))
                    .mapToLong(line -> Long.parseLong(line.strip().split("\\s+", 3)[1]))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
