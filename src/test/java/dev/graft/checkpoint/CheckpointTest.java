package dev.graft.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.issue.GraftException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckpointTest {
    private static final Path HOME = Path.of(System.getProperty("graft.home", "."));
    private static final Path TINY_LLAMA = HOME.resolve("samples/checkpoints/tiny-llama");
    private static final Path SHARDED = HOME.resolve("src/test/resources/goldens/models/llama");

    @Test
    void a_single_file_shows_its_tensors_and_configuration() {
        Checkpoint checkpoint = Checkpoint.open(TINY_LLAMA);

        assertThat(checkpoint.config().modelType()).isEqualTo("llama");
        assertThat(checkpoint.shards()).hasSize(1);
        assertThat(checkpoint.tensor("model.layers.5.self_attn.k_proj.weight"))
                .returns(DType.BF16, TensorInfo::dtype)
                .returns(List.of(64L, 192L), TensorInfo::shape)
                .returns(64L * 192 * 2, TensorInfo::bytes);
        assertThat(checkpoint.tensors().values().stream()
                        .mapToLong(TensorInfo::elements)
                        .sum())
                .isEqualTo(3_148_224);
    }

    @Test
    void shards_become_one_set_of_tensors() {
        Checkpoint checkpoint = Checkpoint.open(SHARDED);

        assertThat(checkpoint.shards()).hasSize(2);
        assertThat(checkpoint.shardOf(checkpoint.tensor("lm_head.weight")).path())
                .hasFileName("model-00002-of-00002.safetensors");
        assertThat(checkpoint.warnings()).isEmpty();
    }

    @Test
    void a_file_can_be_opened_by_itself() {
        assertThat(Checkpoint.open(TINY_LLAMA.resolve("model.safetensors")).headersHash())
                .isEqualTo(Checkpoint.open(TINY_LLAMA).headersHash());
    }

    @Test
    void an_unknown_tensor_is_reported_with_the_nearest_names() {
        Checkpoint checkpoint = Checkpoint.open(TINY_LLAMA);

        assertThatThrownBy(() -> checkpoint.tensor("model.layers.0.self_attn.q_prj.weight"))
                .isInstanceOf(GraftException.class)
                .hasMessageStartingWith("[E_TENSOR]")
                .hasMessageContaining("nearest: model.layers.0.self_attn.q_proj.weight");
    }
}
