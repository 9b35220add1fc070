package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} again and again at random times of one run that saves its state after every step: each time the last
 * complete state loads, and the run ends with the bytes of one that was never killed. {@code -Dgraft.kills=3N} sets how
 * often.
 */
class KilledRunTest {
    private static final int KILLS = Integer.getInteger("graft.kills", 10) / 3;

    /** A process makes a step or a few before it is killed. */
    private static final int STEPS = 20 + 6 * KILLS;

    @TempDir
    Path folder;

    @Test
    void a_run_that_is_killed_again_and_again_ends_as_one_that_is_not() throws Exception {
        // given
        GeneratedJar jar = GeneratedJar.compile(
                TinyRun.adamoeSurgery(t -> t.steps(STEPS).saveEvery(1).batch(1).length(8)), folder.resolve("project"));
        finish(jar.start(folder.resolve("whole")));
        Path out = folder.resolve("killed");
        Path partial = folder.resolve("killed.partial");
        Random random = new Random(1);
        long step = 0;
        int whileSaving = 0;

        for (int kill = 0; kill < KILLS; kill++) {
            // when
            Process run = kill == 0 ? jar.start(out) : jar.start(out, "--resume");
            try (BufferedReader output = run.inputReader()) {
                GeneratedJar.readUntil(output, "saved the state ");
                if (kill % 2 == 0) {
                    Thread.sleep(random.nextInt(60));
                } else {
                    awaitHalfWritten(run, partial);
                }
                run.destroyForcibly().waitFor();
            }
            // then
            assertThat(out).as("kill %d of a run that still goes on", kill).doesNotExist();
            whileSaving += halfWritten(partial) ? 1 : 0;
            Optional<TrainingState> state = new StateFiles(partial).latest();
            assertThat(state).as("kill %d", kill).isPresent();
            assertThat(state.get().step()).as("kill %d", kill).isGreaterThan(step);
            step = state.get().step();
        }
        finish(jar.start(out, "--resume"));

        assertThat(TinyRun.adapter(out)).isEqualTo(TinyRun.adapter(folder.resolve("whole")));
        MetricsLines metrics = MetricsLines.of(out);
        assertThat(metrics.of("step", "loss"))
                .hasSize(STEPS)
                .isEqualTo(MetricsLines.of(folder.resolve("whole")).of("step", "loss"));
        assertThat(EventRecords.of(out).withTag("train/loss"))
                .extracting(EventRecords.Event::step)
                .isSorted()
                .doesNotHaveDuplicates()
                .hasSize(STEPS);
        System.out.printf(
                "%d kills of one run of %d steps, %d of them while a state was written, the last after step %d%n",
                KILLS, STEPS, whileSaving, step);
    }

    private static void finish(Process run) throws Exception {
        try (BufferedReader output = run.inputReader()) {
            var said = GeneratedJar.readUntil(output, "no such line");
            assertThat(run.waitFor()).as("%s", said).isZero();
        }
    }

    private static void awaitHalfWritten(Process run, Path partial) throws IOException {
        while (run.isAlive() && !halfWritten(partial)) {
            Thread.onSpinWait();
        }
    }

    /** Whether a state is being written, or is there without its checksum. */
    private static boolean halfWritten(Path folder) throws IOException {
        try (DirectoryStream<Path> states = Files.newDirectoryStream(folder, "{.state-*,state-*.safetensors}")) {
            for (Path state : states) {
                if (state.getFileName().toString().startsWith(".")
                        || !Files.exists(state.resolveSibling(state.getFileName() + ".sha256"))) {
                    return true;
                }
            }
        }
        return false;
    }
}
