package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} at random times: the output is absent or complete, the base untouched, and the same command works
 * afterwards and leaves nothing of the killed one. {@code -Dgraft.kills=N} sets how often.
 */
class KilledOutputTest {
    private static final int KILLS = Integer.getInteger("graft.kills", 10);
    private static final Path HOME = Path.of(System.getProperty("graft.home"));

    @TempDir
    private static Path folder;

    private static Path base = Path.of("");

    @BeforeAll
    static void train_an_adapter() throws IOException {
        base = Files.createDirectory(folder.resolve("base"));
        for (Path file : files(HOME.resolve("samples/checkpoints/tiny-mixtral"))) {
            Files.copy(file, base.resolve(file.getFileName()));
        }
        Path data = Files.writeString(folder.resolve("data.txt"), "Enter the king. ".repeat(200));
        Graft run =
                Graft.run("run", "adamoe-mixtral", "--base", base, "--steps", "1", "--data", data, "--out", adapter());
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    private static Path adapter() {
        return folder.resolve("adapter");
    }

    @Test
    void a_killed_patch_leaves_nothing_or_all_of_it() throws Exception {
        assertSurvives(List.of("patch", "adamoe-mixtral", "--base", base.toString()));
    }

    @Test
    void a_killed_merge_leaves_nothing_or_all_of_it() throws Exception {
        assertSurvives(List.of(
                "merge", "--base", base.toString(), "--adapter", adapter().toString()));
    }

    private static void assertSurvives(List<String> command) throws Exception {
        // given
        Map<String, String> baseBefore = hashes(base);
        Path reference = folder.resolve(command.get(0) + "-reference");
        long start = System.nanoTime();
        assertThat(start(command, reference).waitFor()).isZero();
        long whole = System.nanoTime() - start;
        Map<String, String> complete = hashes(reference);
        Path out = folder.resolve(command.get(0) + "-out");
        Random random = new Random(1);
        int[] seen = new int[3]; // before anything was written, within, after

        for (int i = 0; i < KILLS; i++) {
            // when
            boolean within = i % 2 == 0;
            Process process = start(command, out);
            boolean began = within && awaitPartial(process, out);
            Thread.sleep(TimeUnit.NANOSECONDS.toMillis((long) (random.nextDouble() * (began ? 0.2 : 1) * whole)));
            process.destroyForcibly().waitFor();

            // then
            boolean finished = Files.exists(out);
            seen[finished ? 2 : Files.exists(partial(out)) ? 1 : 0]++;
            if (finished) {
                assertThat(hashes(out)).as("complete after kill %d", i).isEqualTo(complete);
            } else {
                Graft again = Graft.run(withOut(command, out).toArray());
                assertThat(again.exitCode()).as(again.err()).isZero();
                assertThat(hashes(out)).as("rerun after kill %d", i).isEqualTo(complete);
            }
            assertThat(partial(out)).doesNotExist();
            assertThat(hashes(base)).as("base after kill %d", i).isEqualTo(baseBefore);
            delete(out);
        }
        System.out.printf(
                "%s: %d kills: %d before the output began, %d while it was written, %d after it was complete%n",
                command.get(0), KILLS, seen[0], seen[1], seen[2]);
    }

    private static boolean awaitPartial(Process process, Path out) throws InterruptedException {
        while (process.isAlive() && !Files.exists(partial(out)) && !Files.exists(out)) {
            Thread.sleep(1);
        }
        return process.isAlive();
    }

    private static Path partial(Path out) {
        return out.resolveSibling(out.getFileName() + ".partial");
    }

    private static Process start(List<String> command, Path out) throws IOException {
        return Graft.process(List.of(), withOut(command, out).toArray())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static List<String> withOut(List<String> command, Path out) {
        return Stream.concat(command.stream(), Stream.of("--out", out.toString()))
                .toList();
    }

    /** SHA-256 of each file by its name; the lock of a process that was killed between rename and end is no content. */
    private static Map<String, String> hashes(Path of) throws IOException {
        Map<String, String> hashes = new TreeMap<>();
        for (Path file : files(of)) {
            if (!file.endsWith(".lock")) {
                hashes.put(file.getFileName().toString(), sha256(Files.readAllBytes(file)));
            }
        }
        return hashes;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Path> files(Path of) throws IOException {
        try (Stream<Path> files = Files.list(of)) {
            return files.toList();
        }
    }

    private static void delete(Path out) throws IOException {
        try (Stream<Path> tree = Files.walk(out)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
