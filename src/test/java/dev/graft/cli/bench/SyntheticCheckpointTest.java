package dev.graft.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyntheticCheckpointTest {
    @Test
    void the_large_one_has_the_promised_size() {
        assertThat(SyntheticCheckpoint.LARGE.tensors()).isEqualTo(47_000);
        assertThat(SyntheticCheckpoint.LARGE.shards()).isEqualTo(1000);
    }

    @Test
    void a_small_one_opens_as_a_sharded_mixture_of_experts(@TempDir Path folder) {
        SyntheticCheckpoint synthetic = new SyntheticCheckpoint(2, 3, 5);

        synthetic.writeTo(folder);
        Checkpoint checkpoint = Checkpoint.open(folder);

        assertThat(checkpoint.tensors()).hasSize(synthetic.tensors());
        assertThat(checkpoint.shards()).hasSize(5);
        assertThat(checkpoint.config().modelType()).isEqualTo("mixtral");
        assertThat(checkpoint
                        .tensor("model.layers.1.block_sparse_moe.experts.2.w2.weight")
                        .shape())
                .isEqualTo(List.of(2048L, 768L));
        assertThat(checkpoint.warnings()).isEmpty();
    }
}
