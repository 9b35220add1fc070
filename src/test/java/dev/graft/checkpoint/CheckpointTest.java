package dev.graft.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.issue.GraftException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
    private static final Path HOME = Path.of(System.getProperty("graft.home", "."));
    private static final Path TINY_LLAMA = HOME.resolve("samples/checkpoints/tiny-llama");
    private static final Path MODELS = HOME.resolve("src/test/resources/goldens/models");

    @TempDir
    Path temp;

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
        Checkpoint checkpoint = Checkpoint.open(MODELS.resolve("llama"));

        assertThat(checkpoint.shards()).hasSize(2);
        assertThat(checkpoint.shardOf(checkpoint.tensor("lm_head.weight")).path())
                .hasFileName("model-00002-of-00002.safetensors");
        assertThat(checkpoint.warnings()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama",
                "llama-bf16",
                "llama-tied-llama3rope",
                "mistral",
                "mixtral",
                "mixtral-8e",
                "mixtral-bf16",
                "olmoe",
                "qwen2",
                "qwen2-moe",
                "t5-v1.1"
            })
    void published_layouts_open_without_a_warning(String model) {
        assertThat(Checkpoint.open(MODELS.resolve(model)).warnings()).isEmpty();
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

    @Test
    void the_headers_hash_sees_names_types_and_shapes_but_not_files() {
        String hash = hash("x.safetensors", "a", DType.F32, List.of(2L, 3L));

        assertThat(hash).matches("[0-9a-f]{64}");
        assertThat(hash("y.safetensors", "a", DType.F32, List.of(2L, 3L))).isEqualTo(hash);
        assertThat(hash("x.safetensors", "b", DType.F32, List.of(2L, 3L))).isNotEqualTo(hash);
        assertThat(hash("x.safetensors", "a", DType.I32, List.of(2L, 3L))).isNotEqualTo(hash);
        assertThat(hash("x.safetensors", "a", DType.F32, List.of(3L, 2L))).isNotEqualTo(hash);
    }

    private String hash(String file, String name, DType dtype, List<Long> shape) {
        new SafetensorsWriter()
                .bytes(name, dtype, shape, ByteBuffer.allocate(24))
                .write(temp.resolve(file), IfExists.REPLACE);
        return Fingerprint.headers(SafetensorsFile.open(temp.resolve(file)).tensors());
    }

    @Test
    void the_content_fingerprint_sees_the_data_and_what_the_configuration_says() throws IOException {
        Path copy = copyOf(TINY_LLAMA);
        String original = Checkpoint.open(TINY_LLAMA).contentFingerprint();
        assertThat(Checkpoint.open(copy).contentFingerprint()).isEqualTo(original);

        // the configuration's layout makes no difference
        String config = Files.readString(copy.resolve("config.json"));
        Files.writeString(copy.resolve("config.json"), config.replace("\n", " "));
        assertThat(Checkpoint.open(copy).contentFingerprint()).isEqualTo(original);

        // what it says does
        Files.writeString(copy.resolve("config.json"), config.replace("1e-05", "1e-06"));
        assertThat(Checkpoint.open(copy).contentFingerprint()).isNotEqualTo(original);
        Files.writeString(copy.resolve("config.json"), config);

        // and so does the last bit of the data
        byte[] bytes = Files.readAllBytes(copy.resolve("model.safetensors"));
        bytes[bytes.length - 1] ^= 1;
        Files.write(copy.resolve("model.safetensors"), bytes);
        assertThat(Checkpoint.open(copy).contentFingerprint()).isNotEqualTo(original);
    }

    @Test
    void a_missing_folder_is_named() {
        assertThatThrownBy(() -> Checkpoint.open(temp.resolve("none")))
                .hasMessage("[E_NOT_FOUND] " + temp.resolve("none") + ": there is no such checkpoint");
    }

    @ParameterizedTest
    @CsvSource({"pytorch_model.bin, E_PICKLE", "model.pt, E_PICKLE", "model.pth, E_PICKLE", "model.Q4_0.gguf, E_FORMAT"
    })
    void weights_of_another_format_are_refused_by_name(String name, String code) throws IOException {
        Files.copy(TINY_LLAMA.resolve("config.json"), temp.resolve("config.json"));
        Path file = Files.createFile(temp.resolve(name));

        for (Path path : List.of(temp, file)) {
            assertThatThrownBy(() -> Checkpoint.open(path))
                    .hasMessageStartingWith("[" + code + "] " + file)
                    .hasMessageContaining("Graft reads safetensors only")
                    .hasMessageContaining("fix:");
        }
    }

    @Test
    void shards_without_their_index_are_named() throws IOException {
        Files.createFile(temp.resolve("model-00001-of-00002.safetensors"));

        assertThatThrownBy(() -> Checkpoint.open(temp))
                .hasMessageStartingWith("[E_NOT_FOUND]")
                .hasMessageContaining("only model-00001-of-00002.safetensors")
                .hasMessageContaining("fetch model.safetensors.index.json");
    }

    @Test
    void a_configuration_that_is_missing_or_no_object_is_refused() throws IOException {
        Path copy = copyOf(TINY_LLAMA);

        Files.writeString(copy.resolve("config.json"), "[]");
        assertThatThrownBy(() -> Checkpoint.open(copy))
                .hasMessageStartingWith("[E_CONFIG] " + copy.resolve("config.json"))
                .hasMessageContaining("expected '{' at byte 0, found '[]'");

        Files.delete(copy.resolve("config.json"));
        assertThatThrownBy(() -> Checkpoint.open(copy))
                .hasMessageStartingWith("[E_CONFIG] " + copy.resolve("config.json"))
                .hasMessageContaining("the model's configuration is missing");
    }

    @Test
    void a_count_of_experts_that_the_tensors_contradict_is_refused() throws IOException {
        Path copy = copyOf(MODELS.resolve("mixtral"));
        Path config = copy.resolve("config.json");
        Files.writeString(
                config, Files.readString(config).replace("\"num_local_experts\": 4", "\"num_local_experts\": 8"));

        assertThatThrownBy(() -> Checkpoint.open(copy))
                .hasMessageStartingWith("[E_CONFIG] " + config)
                .hasMessageContaining("'num_local_experts' is 8, the tensors show 4 experts");
    }

    @Test
    void more_layers_than_the_tensors_show_are_refused() throws IOException {
        Path copy = copyOf(TINY_LLAMA);
        Path config = copy.resolve("config.json");
        Files.writeString(
                config, Files.readString(config).replace("\"num_hidden_layers\": 6", "\"num_hidden_layers\": 7"));

        assertThatThrownBy(() -> Checkpoint.open(copy))
                .hasMessageStartingWith("[E_CONFIG] " + config)
                .hasMessageContaining("'num_hidden_layers' is 7, the tensors show 6 layers");
    }

    private Path copyOf(Path checkpoint) throws IOException {
        Path copy = Files.createDirectory(temp.resolve("copy"));
        for (String name : List.of("config.json", "model.safetensors")) {
            Files.copy(checkpoint.resolve(name), copy.resolve(name));
        }
        return copy;
    }
}
