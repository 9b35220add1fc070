package dev.graft.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.SafetensorsWriter;
import dev.graft.checkpoint.TensorInfo;
import dev.graft.dsl.Surgery;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.samples.AdaMoeMixtral;
import dev.graft.samples.AdaMoeMoLora;
import dev.graft.samples.MovT5;
import dev.graft.samples.PerftRouted;
import dev.graft.surgery.PlanJson;
import dev.graft.surgery.Surgeon;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged headers, indexes and configurations of real checkpoints: each is read and planned as if nothing were wrong, or
 * refused with a code, whatever was done to it, and neither time nor memory run away. {@code -Dgraft.cases=N} sets how many.
 */
class FuzzedHeadersTest {
    private static final int CASES = Integer.getInteger("graft.cases", 6000);
    private static final Path CHECKPOINTS =
            Path.of(System.getProperty("graft.home", ".")).resolve("samples/checkpoints");

    /** Far more than any case needs and far less than what would hurt: the largest file here has 26 kB of header. */
    private static final long MOST_BYTES = 64L << 20;

    private static final double MOST_SECONDS = 10;

    private static final List<Model> MODELS = List.of(
            new Model("tiny-llama", new AdaMoeMoLora().define()),
            new Model("tiny-mixtral", new AdaMoeMixtral().define()),
            new Model("tiny-olmoe", new PerftRouted().define()),
            new Model("tiny-t5", new MovT5().define()));

    @BeforeAll
    static void load_what_is_loaded_once() {
        MODELS.forEach(model -> plan(model.folder(), model.surgery()));
    }

    private record Model(String name, Surgery surgery) {
        Path folder() {
            return CHECKPOINTS.resolve(name);
        }
    }

    @TempDir
    Path folder;

    @Test
    void damaged_headers_are_read_or_refused() throws IOException {
        for (Model model : MODELS) {
            Path file = Files.copy(model.folder().resolve("model.safetensors"), folder.resolve(model.name()));
            byte[] header = header(file);
            long data = Files.size(file) - Long.BYTES - header.length;
            try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
                fuzz(model.name() + " headers", CASES / 8, mutator -> {
                    damage(raw, header, data, mutator);
                    assertThat(SafetensorsFile.open(file).tensors()).isNotNull();
                });
            }
        }
    }

    @Test
    void plans_on_damaged_configurations_are_made_or_refused() throws IOException {
        for (Model model : MODELS) {
            Path copy = Files.createDirectory(folder.resolve(model.name()));
            Files.createLink(copy.resolve("model.safetensors"), model.folder().resolve("model.safetensors"));
            byte[] config = Files.readAllBytes(model.folder().resolve("config.json"));
            fuzz(model.name() + " configurations", CASES / 16, mutator -> {
                write(copy.resolve("config.json"), mutator.mutate(config));
                plan(copy, model.surgery());
            });
        }
    }

    @Test
    void plans_on_damaged_headers_are_made_or_refused() throws IOException {
        for (Model model : MODELS) {
            Path copy = Files.createDirectory(folder.resolve(model.name()));
            Files.copy(model.folder().resolve("config.json"), copy.resolve("config.json"));
            Path file = Files.copy(model.folder().resolve("model.safetensors"), copy.resolve("model.safetensors"));
            byte[] header = header(file);
            try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
                fuzz(model.name() + " plans", CASES / 32, mutator -> {
                    damageNames(raw, header, Files.size(model.folder().resolve("model.safetensors")), mutator);
                    plan(copy, model.surgery());
                });
            }
        }
    }

    @Test
    void damaged_indexes_are_read_or_refused() throws IOException {
        Path copy = Files.createDirectory(folder.resolve("sharded"));
        Files.copy(CHECKPOINTS.resolve("tiny-llama/config.json"), copy.resolve("config.json"));
        byte[] index = shard(CHECKPOINTS.resolve("tiny-llama/model.safetensors"), copy);
        fuzz("indexes", CASES / 8, mutator -> {
            write(copy.resolve("model.safetensors.index.json"), mutator.mutate(index));
            plan(copy, MODELS.get(0).surgery());
        });
    }

    private interface Case {
        void run(Mutator mutator) throws IOException;
    }

    private static void fuzz(String what, int cases, Case damaged) {
        ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Map<String, Integer> codes = new TreeMap<>();
        long mostBytes = 0;
        double mostSeconds = 0;
        for (int seed = 0; seed < cases; seed++) {
            long bytes = memory.getCurrentThreadAllocatedBytes();
            long start = System.nanoTime();
            codes.merge(outcome(what, seed, damaged), 1, Integer::sum);
            mostSeconds = Math.max(mostSeconds, (System.nanoTime() - start) * 1e-9);
            mostBytes = Math.max(mostBytes, memory.getCurrentThreadAllocatedBytes() - bytes);
        }
        System.out.printf(
                Locale.ROOT,
                "%s: %d cases, at most %.2f s and %d kB each, %s%n",
                what,
                cases,
                mostSeconds,
                mostBytes / 1000,
                codes);
        assertThat(codes).as("outcomes").containsKey("sound").hasSizeGreaterThan(1);
        assertThat(mostBytes).as("bytes allocated for one case").isLessThan(MOST_BYTES);
        assertThat(mostSeconds).as("seconds for one case").isLessThan(MOST_SECONDS);
    }

    private static String outcome(String what, int seed, Case damaged) {
        try {
            damaged.run(new Mutator(seed));
            return "sound";
        } catch (GraftException refused) {
            assertThat(refused.issues()).as("%s, seed %d", what, seed).isNotEmpty();
            for (Issue issue : refused.issues()) {
                assertThat(issue.code()).as("%s, seed %d", what, seed).matches("E_[A-Z0-9_]+");
                assertThat(issue.render()).as("%s, seed %d", what, seed).doesNotContainPattern("[\\p{Cc}&&[^\n]]");
            }
            return refused.issues().get(0).code();
        } catch (Exception | StackOverflowError | OutOfMemoryError other) {
            throw new AssertionError(what + ", seed " + seed + " ends in " + other, other);
        }
    }

    private static void plan(Path checkpoint, Surgery surgery) {
        assertThat(PlanJson.write(Surgeon.plan(surgery, Checkpoint.open(checkpoint))))
                .isNotEmpty();
    }

    /** A header with its own length and the data as long as before, or one of these wrong. */
    private static void damage(RandomAccessFile file, byte[] header, long data, Mutator mutator) throws IOException {
        byte[] damaged = mutator.below(20) == 0 ? header : mutator.mutate(header);
        long length = damaged.length;
        long size = Long.BYTES + length + data;
        switch (mutator.below(16)) {
            case 0 -> length = mutator.oneOf(List.of(0L, 1L, length - 1, length + 1, 99_999_999L, 100_000_001L, -1L));
            case 1 -> length ^= 1L << mutator.below(Long.SIZE);
            case 2 -> size = mutator.below((int) size);
            case 3 -> size += mutator.below(3) - 1;
            default -> {}
        }
        write(file, length, damaged, size);
    }

    /** Only what the tensors are called, of which type and shape they are: the file stays sound more often. */
    private static void damageNames(RandomAccessFile file, byte[] header, long size, Mutator mutator)
            throws IOException {
        byte[] damaged = mutator.mutate(header);
        write(file, damaged.length, damaged, size + damaged.length - header.length);
    }

    private static void write(RandomAccessFile file, long length, byte[] header, long size) throws IOException {
        byte[] start = ByteBuffer.allocate(Long.BYTES + header.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(header)
                .array();
        file.seek(0);
        file.write(start, 0, (int) Math.min(start.length, size));
        file.setLength(size);
    }

    private static void write(Path file, byte[] content) {
        try {
            Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] header(Path file) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "r")) {
            byte[] header = new byte[(int) Long.reverseBytes(raw.readLong())];
            raw.readFully(header);
            return header;
        }
    }

    /** Cuts a file into three shards without data. @return the index */
    private static byte[] shard(Path whole, Path folder) throws IOException {
        Map<String, String> map = new TreeMap<>();
        List<TensorInfo> tensors =
                List.copyOf(SafetensorsFile.open(whole).tensors().values());
        for (int shard = 0; shard < 3; shard++) {
            String name = "model-0000" + (shard + 1) + "-of-00003.safetensors";
            SafetensorsWriter writer = new SafetensorsWriter();
            for (int i = shard; i < tensors.size(); i += 3) {
                TensorInfo tensor = tensors.get(i);
                writer.zeros(tensor.name(), tensor.dtype(), tensor.shape());
                map.put(tensor.name(), name);
            }
            writer.write(folder.resolve(name), IfExists.REFUSE);
        }
        long total = tensors.stream().mapToLong(TensorInfo::bytes).sum();
        return new ObjectMapper().writeValueAsBytes(Map.of("metadata", Map.of("total_size", total), "weight_map", map));
    }
}
