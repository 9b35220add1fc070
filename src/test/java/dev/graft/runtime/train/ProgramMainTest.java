package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A generated program as a process: what it says and how it ends. */
class ProgramMainTest {
    private static final int STEPS = 200;

    /** A step of this model takes some hundredths of a second. */
    private static final long DEADLINE_NANOS = 30_000_000_000L;

    @TempDir
    static Path folder;

    private static GeneratedJar jar = new GeneratedJar("", Path.of(""), 0);

    @BeforeAll
    static void compile() throws IOException {
        jar = GeneratedJar.compile(
                TinyRun.adamoeSurgery(
                        t -> t.steps(STEPS).saveEvery(40).batch(2).microBatch(1).length(8)),
                folder.resolve("project"));
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143", "INT, 130"})
    void a_run_that_is_told_to_end_finishes_its_step_saves_its_state_and_says_so(String signal, int code)
            throws Exception {
        Path out = folder.resolve("told-" + signal);
        // A shell's background commands, and what they start, ignore Ctrl-C.
        Process told = jar.startBehind(List.of("env", "--default-signal=" + signal), out);
        try (BufferedReader output = told.inputReader()) {
            List<String> start = GeneratedJar.readUntil(output, "step 5/");
            assumeFalse(String.join("", start).contains("unrecognized option"), "env knows no signals here");
            new ProcessBuilder("kill", "-s", signal, Long.toString(told.pid()))
                    .start()
                    .waitFor();
            long toldAt = System.nanoTime();
            List<String> end = GeneratedJar.readUntil(output, "no such line");
            assertThat(told.waitFor()).as("%s", end).isEqualTo(code);
            assertThat(System.nanoTime() - toldAt).as("ns to the end").isLessThan(DEADLINE_NANOS);
            assertThat(end.get(end.size() - 1)).startsWith("interrupted after step ");
            long step = Long.parseLong(end.get(end.size() - 1).replaceAll("interrupted after step (\\d+);.*", "$1"));
            TrainingState state = new StateFiles(folder.resolve("told-" + signal + ".partial"))
                    .latest()
                    .orElseThrow();
            assertThat(state.step()).isEqualTo(step).isLessThan(STEPS);
        }
        assertThat(out).doesNotExist();
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
}
