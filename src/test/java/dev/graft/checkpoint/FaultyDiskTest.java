package dev.graft.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.graft.fixtures.FaultyDisk;
import dev.graft.fixtures.FaultyDisk.Operation;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A disk that fails at any one operation, or from one on: what was to be written is absent or complete, or still the old,
 * what is read is never changed, and the same work succeeds on a sound disk and leaves nothing of the failed one.
 */
class FaultyDiskTest {
    private static final List<String> NOTHING = List.of();
    private static final UnaryOperator<Path> SOUND = FaultyDisk.moving(Integer.MAX_VALUE)::path;

    /** What is done on the disk, to files that it finds through the function. */
    private interface Work {
        void on(UnaryOperator<Path> disk);
    }

    private record Failure(Supplier<IOException> thrown, String code) {
        @Override
        public String toString() {
            return code;
        }
    }

    @TempDir
    Path folder;

    private Path base = Path.of("");
    private Path out = Path.of("");

    @BeforeEach
    void write_two_shards() throws IOException {
        base = Files.createDirectory(folder.resolve("base"));
        out = folder.resolve("out");
        Files.writeString(base.resolve("config.json"), "{\"model_type\": \"x\"}");
        Files.writeString(base.resolve("tokenizer.json"), "{}");
        new SafetensorsWriter()
                .floats("a", List.of(2L), 1, 2)
                .write(SOUND.apply(base.resolve("one.safetensors")), IfExists.REFUSE);
        new SafetensorsWriter()
                .floats("b", List.of(2L), 3, 4)
                .write(SOUND.apply(base.resolve("two.safetensors")), IfExists.REFUSE);
        Files.writeString(
                base.resolve("model.safetensors.index.json"),
                "{\"weight_map\": {\"a\": \"one.safetensors\", \"b\": \"two.safetensors\"}}");
    }

    static Stream<Arguments> failures() {
        Failure broken = new Failure(() -> new IOException("Input/output error"), "E_IO");
        return Stream.of(
                arguments(broken, false),
                arguments(broken, true),
                arguments(new Failure(() -> new IOException("No space left on device"), "E_NOSPACE"), false),
                arguments(new Failure(() -> new AccessDeniedException("x"), "E_PERM"), true));
    }

    @ParameterizedTest(name = "{0}, from then on: {1}")
    @MethodSource("failures")
    void a_checkpoint_is_absent_or_complete(Failure failure, boolean lasting) throws IOException {
        assertSurvives(failure, lasting, disk -> derived(disk).write(disk.apply(out), IfExists.REPLACE, Reuse.COPY));
    }

    @ParameterizedTest(name = "{0}, from then on: {1}")
    @MethodSource("failures")
    void a_checkpoint_that_replaces_another_is_the_old_or_the_new(Failure failure, boolean lasting) throws IOException {
        derived(SOUND).config("eps", 1).write(SOUND.apply(out), IfExists.REFUSE, Reuse.COPY);

        assertSurvives(failure, lasting, disk -> derived(disk).write(disk.apply(out), IfExists.REPLACE, Reuse.COPY));
    }

    @ParameterizedTest(name = "{0}, from then on: {1}")
    @MethodSource("failures")
    void a_file_is_the_old_or_the_new(Failure failure, boolean lasting) throws IOException {
        Files.createDirectory(out);
        Files.writeString(out.resolve("plan.json"), "old");

        assertSurvives(
                failure,
                lasting,
                disk -> AtomicFile.write(disk.apply(out.resolve("plan.json")), IfExists.REPLACE, "new"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7})
    void what_moves_in_small_pieces_arrives_whole(int bytes) throws IOException {
        derived(SOUND).write(SOUND.apply(folder.resolve("whole")), IfExists.REFUSE, Reuse.COPY);

        UnaryOperator<Path> slow = FaultyDisk.moving(bytes)::path;
        derived(slow).write(slow.apply(out), IfExists.REFUSE, Reuse.COPY);

        assertThat(contents(out)).isEqualTo(contents(folder.resolve("whole")));
        Checkpoint read = Checkpoint.open(slow.apply(out));
        assertThat(read.shardOf(read.tensor("b")).floats("b")).containsExactly(5, 6);
    }

    @Test
    void a_disk_that_cannot_rename_is_named_with_a_way_out() {
        FaultyDisk disk = FaultyDisk.failing((operation, path) -> {
            if (operation == Operation.MOVE) {
                throw new AtomicMoveNotSupportedException(path.toString(), null, "Invalid cross-device link");
            }
        });

        assertThatThrownBy(() -> derived(disk::path).write(disk.path(out), IfExists.REFUSE, Reuse.COPY))
                .isInstanceOf(GraftException.class)
                .hasMessageStartingWith("[E_IO] can't write ")
                .hasMessageContaining("the disk can't rename in one step (Invalid cross-device link)")
                .hasMessageContaining("fix: choose a folder on another disk");
        assertThat(folder).isDirectoryNotContaining(path -> !path.equals(base));
    }

    private static DerivedCheckpoint derived(UnaryOperator<Path> disk, Path base) {
        return new DerivedCheckpoint(Checkpoint.open(disk.apply(base)))
                .change("b", DType.F32, List.of(2L), floats(5, 6))
                .add("c", DType.F32, List.of(1L), floats(7))
                .card("# derived");
    }

    private DerivedCheckpoint derived(UnaryOperator<Path> disk) {
        return derived(disk, base);
    }

    private static AtomicFile.Content floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return channel -> AtomicFile.writeFully(channel, bytes.duplicate());
    }

    private void assertSurvives(Failure failure, boolean lasting, Work work) throws IOException {
        // given
        Map<String, String> before = contents(base);
        Map<String, String> old = Files.exists(out) ? contents(out) : Map.of();
        Path kept = folder.resolveSibling(folder.getFileName() + "-kept");
        if (Files.exists(out)) {
            copy(out, kept);
        }
        AtomicInteger operations = new AtomicInteger();
        work.on(FaultyDisk.failing((operation, path) -> operations.incrementAndGet())::path);
        Map<String, String> complete = contents(out);
        assertThat(operations.get()).isGreaterThan(5);
        int refusals = 0;

        for (int at = 0; at < operations.get(); at++) {
            Disk.deleteTree(out);
            if (Files.exists(kept)) {
                copy(kept, out);
            }
            // when
            String what = failure.code() + " at operation " + at;
            List<String> codes = codes(work, failure.thrown(), at, lasting);
            // then
            refusals += codes.size();
            assertThat(codes).as(what).isSubsetOf(failure.code());
            // Where nothing can be renamed any more, the old folder waits beside its place for the next command.
            Path aside = lasting && !Files.exists(out) ? folder.resolve(".out.replaced") : out;
            Map<String, String> left = Files.exists(aside) ? contents(aside) : Map.of();
            assertThat(left).as(what).isIn(codes.isEmpty() ? List.of(complete) : List.of(old, complete));
            assertThat(contents(base)).as(what).isEqualTo(before);
            work.on(SOUND);
            assertThat(contents(out)).as(what).isEqualTo(complete);
            assertThat(folder).as(what).isDirectoryNotContaining(path -> !path.equals(base) && !path.equals(out));
        }
        assertThat(refusals).as("most failures can't be gone round").isGreaterThan(operations.get() / 2);
    }

    private static List<String> codes(Work work, Supplier<IOException> thrown, int at, boolean lasting) {
        AtomicInteger seen = new AtomicInteger();
        FaultyDisk disk = FaultyDisk.failing((operation, path) -> {
            int now = seen.getAndIncrement();
            if (lasting ? now >= at : now == at) {
                throw thrown.get();
            }
        });
        try {
            work.on(disk::path);
            return NOTHING;
        } catch (GraftException refused) {
            return refused.issues().stream().map(Issue::code).toList();
        }
    }

    /** Of each file by its name, as one char a byte. */
    private static Map<String, String> contents(Path of) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(of)) {
            for (Path file : files.toList()) {
                // What the next work takes away is no content.
                if (!file.endsWith(".lock") && !file.toString().endsWith(".partial")) {
                    contents.put(
                            file.getFileName().toString(),
                            Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1));
                }
            }
        }
        return contents;
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
