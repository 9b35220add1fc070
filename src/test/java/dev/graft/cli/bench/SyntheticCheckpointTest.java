package dev.graft.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SyntheticCheckpointTest {
    @Test
    void the_large_one_has_the_promised_size() {
        assertThat(SyntheticCheckpoint.LARGE.tensors()).isEqualTo(47_704);
        assertThat(SyntheticCheckpoint.LARGE.shards()).isEqualTo(1000);
    }

    @Test
    void a_small_one_opens_as_a_sharded_mixture_of_experts(@TempDir Path folder) {
        SyntheticCheckpoint synthetic = new SyntheticCheckpoint(2, 3, 5);

        synthetic.writeTo(folder);
        Checkpoint checkpoint = Checkpoint.open(folder);

        assertThat(checkpoint.tensors()).hasSize(synthetic.tensors());
        assertThat(checkpoint.shards()).hasSize(5);
        assertThat(checkpoint.config().modelType()).isEqualTo("qwen2_moe");
        assertThat(checkpoint
                        .tensor("model.layers.1.mlp.experts.2.down_proj.weight")
                        .shape())
                .isEqualTo(List.of(2048L, 768L));
        assertThat(checkpoint.warnings()).isEmpty();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void opening_reads_headers_and_no_tensor(@TempDir Path folder) throws IOException {
        // given more than 200 MB of tensors, opened once so that the classes are loaded
        new SyntheticCheckpoint(2, 3, 5).writeTo(folder);
        long headers = Checkpoint.open(folder).shards().stream()
                .mapToLong(shard -> shard.tensors().values().iterator().next().offset())
                .sum();

        // when
        long before = bytesReadByThisProcess();
        String hash = Checkpoint.open(folder).headersHash();
        long read = bytesReadByThisProcess() - before;

        // then a first read of each file may go 16 KiB far, and so may what measures
        assertThat(hash).isNotEmpty();
        assertThat(read).isBetween(headers, headers + 10 * 16 * 1024);
    }

    private static long bytesReadByThisProcess() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/io"))) {
            return lines.filter(line -> line.startsWith("rchar: "))
                    .mapToLong(line -> Long.parseLong(line.substring("rchar: ".length())))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
