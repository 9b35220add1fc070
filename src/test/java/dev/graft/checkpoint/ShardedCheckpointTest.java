package dev.graft.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardedCheckpointTest {
    private static final String ONE = "model-00001-of-00002.safetensors";
    private static final String TWO = "model-00002-of-00002.safetensors";

    @TempDir
    Path temp;

    private Path folder;

    @BeforeEach
    void a_checkpoint_of_two_shards() throws IOException {
        folder = Files.createDirectories(temp.resolve("model"));
        Files.writeString(folder.resolve("config.json"), "{\"model_type\":\"llama\"}");
        shard(ONE, "a", "b");
        shard(TWO, "c");
        index(Map.of("a", ONE, "b", ONE, "c", TWO), 12);
    }

    @Test
    void a_shard_in_a_folder_inside_the_checkpoint_is_read() throws IOException {
        Files.createDirectory(folder.resolve("part"));
        Files.move(folder.resolve(TWO), folder.resolve("part").resolve(TWO));
        index(Map.of("a", ONE, "b", ONE, "c", "part/" + TWO), 12);

        Checkpoint checkpoint = Checkpoint.open(folder);

        assertThat(checkpoint.tensors().keySet()).containsExactly("a", "b", "c");
        assertThat(checkpoint.warnings()).isEmpty();
    }

    @Test
    void the_hubs_cache_of_symbolic_links_is_read() throws IOException {
        // given models--x--y/{blobs,snapshots/abc} where every file of the snapshot links to a blob
        Path blobs = Files.createDirectories(temp.resolve("models--x--y/blobs"));
        Path snapshot = Files.createDirectories(temp.resolve("models--x--y/snapshots/abc"));
        for (String name : List.of("config.json", "model.safetensors.index.json", ONE, TWO)) {
            Files.move(folder.resolve(name), blobs.resolve("blob-of-" + name));
            Files.createSymbolicLink(snapshot.resolve(name), Path.of("../../blobs/blob-of-" + name));
        }

        // when
        Checkpoint checkpoint = Checkpoint.open(snapshot);

        // then
        assertThat(checkpoint.tensors().keySet()).containsExactly("a", "b", "c");
        assertThat(checkpoint.shards().get(1).floats("c")).containsExactly(1);
    }

    @Test
    void all_missing_shards_are_listed() throws IOException {
        Files.delete(folder.resolve(ONE));
        Files.delete(folder.resolve(TWO));

        assertThatThrownBy(() -> Checkpoint.open(folder))
                .hasMessageStartingWith("[E_SHARD_MISSING]")
                .hasMessageContaining("2 of 2 shards are not in the folder: " + ONE + ", " + TWO);
    }

    @Test
    void a_tensor_that_is_not_in_the_shard_of_the_index_is_an_error() throws IOException {
        index(Map.of("a", ONE, "b", TWO, "c", TWO), 12);

        assertThatThrownBy(() -> Checkpoint.open(folder))
                .hasMessageStartingWith("[E_INDEX_MISMATCH]")
                .hasMessageContaining("1 tensors are not in the shard that the index names: 'b' in " + TWO);
    }

    @Test
    void a_tensor_that_is_not_in_the_index_and_a_wrong_total_are_warnings() throws IOException {
        index(Map.of("a", ONE, "c", TWO), 13);

        Checkpoint checkpoint = Checkpoint.open(folder);

        assertThat(checkpoint.tensors().keySet()).containsExactly("a", "b", "c");
        assertThat(checkpoint.warnings()).extracting(Issue::code).containsExactly("W_INDEX_MISMATCH", "W_TOTAL_SIZE");
        assertThat(checkpoint.warnings())
                .extracting(Issue::message)
                .satisfiesExactly(
                        unlisted ->
                                assertThat(unlisted).endsWith("1 tensors are in the shards but not in the index: 'b'"),
                        total -> assertThat(total).endsWith("total_size is 13, the shards have 12 bytes"));
    }

    @Test
    void a_tensor_in_two_shards_is_an_error() throws IOException {
        shard(TWO, "c", "a");

        assertThatThrownBy(() -> Checkpoint.open(folder))
                .hasMessageStartingWith("[E_DUP_ACROSS]")
                .hasMessageContaining("'a' is in two shards: " + folder.resolve(ONE) + " and " + folder.resolve(TWO));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../etc/x",
                "/etc/x",
                "C:\\\\x",
                "c:x",
                "a\\\\..\\\\x",
                "x\\u0000",
                "a/../../x",
                "./x",
                "a//x",
                "",
                ".."
            })
    void a_shard_outside_the_folder_is_not_opened(String escaped) throws IOException {
        Files.writeString(
                folder.resolve("model.safetensors.index.json"), "{\"weight_map\":{\"a\":\"" + escaped + "\"}}");

        assertThatThrownBy(() -> Checkpoint.open(folder))
                .hasMessageStartingWith("[E_PATH_ESCAPE]")
                .hasMessageContaining("lies outside the checkpoint's folder; it was not opened");
    }

    @Test
    void a_folder_that_links_out_of_the_checkpoint_is_not_followed() throws IOException {
        Path outside = Files.createDirectory(temp.resolve("outside"));
        Files.move(folder.resolve(TWO), outside.resolve(TWO));
        Files.createSymbolicLink(folder.resolve("part"), outside);
        index(Map.of("a", ONE, "b", ONE, "c", "part/" + TWO), 12);

        assertThatThrownBy(() -> Checkpoint.open(folder))
                .hasMessageStartingWith("[E_PATH_ESCAPE]")
                .hasMessageContaining("'part/" + TWO + "'");
    }

    @Test
    void problems_of_shards_index_and_configuration_come_together() throws IOException {
        Files.write(folder.resolve(ONE), new byte[3]);
        RawFile.write(folder.resolve(TWO), "[]", 0);
        Files.delete(folder.resolve("config.json"));

        GraftException refused = catchThrowableOfType(GraftException.class, () -> Checkpoint.open(folder));

        assertThat(refused.issues())
                .extracting(Issue::code)
                .containsExactlyInAnyOrder("E_CONFIG", "E_HEADER_SHORT", "E_HEADER_JSON");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"[", "[]", "{}", "{\"weight_map\":[]}", "{\"weight_map\":{}}", "{\"weight_map\":{\"a\":1}}"})
    void an_index_that_is_no_index_is_refused(String text) throws IOException {
        Path index = Files.writeString(folder.resolve("model.safetensors.index.json"), text);

        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(GraftException.class)
                .hasMessageStartingWith("[E_INDEX_JSON] " + index);
    }

    @Test
    void a_tensor_twice_in_the_index_is_refused() throws IOException {
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"weight_map\":{\"a\":\"" + ONE + "\",\"a\":\"" + TWO + "\"}}");

        assertThatThrownBy(() -> Checkpoint.open(folder))
                .hasMessageStartingWith("[E_DUP_KEY]")
                .hasMessageContaining("it has 'a' more than once");
    }

    @Test
    void a_deeply_nested_index_is_refused_without_a_stack_overflow() throws IOException {
        Files.writeString(
                folder.resolve("model.safetensors.index.json"), "{\"weight_map\":" + "{\"a\":".repeat(100_000));

        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(GraftException.class)
                .hasMessageStartingWith("[E_INDEX_JSON]");
    }

    @Test
    void changes_since_the_opening_are_reported_for_every_shard() throws IOException {
        Checkpoint checkpoint = Checkpoint.open(folder);
        checkpoint.requireUnchanged();

        shard(ONE, "a", "b", "x");
        Files.delete(folder.resolve(TWO));

        GraftException refused = catchThrowableOfType(GraftException.class, checkpoint::requireUnchanged);
        assertThat(refused.issues()).hasSize(2).extracting(Issue::code).containsOnly("E_CHANGED");
        assertThat(refused).hasMessageContaining(ONE).hasMessageContaining(TWO);
    }

    @Test
    void values_that_are_not_finite_are_reported_by_tensor() throws IOException {
        new SafetensorsWriter()
                .floats("c", List.of(1L, 2L), 1, Float.NEGATIVE_INFINITY)
                .write(folder.resolve(TWO), IfExists.REPLACE);
        Checkpoint checkpoint = Checkpoint.open(folder);

        checkpoint.requireFinite(List.of(checkpoint.tensor("a")));
        assertThatThrownBy(() -> checkpoint.requireFinite(checkpoint.tensors().values()))
                .hasMessageStartingWith("[E_NONFINITE] " + folder.resolve(TWO))
                .hasMessageContaining("tensor 'c' F32 [1, 2] has an infinity or NaN at index [0, 1]");
    }

    private void shard(String file, String... tensors) {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (String tensor : tensors) {
            writer.floats(tensor, List.of(1L), 1);
        }
        writer.write(folder.resolve(file), IfExists.REPLACE);
    }

    private void index(Map<String, String> shards, long totalSize) throws IOException {
        String map = new LinkedHashMap<>(shards)
                .entrySet().stream()
                        .map(entry -> "\"" + entry.getKey() + "\":\"" + entry.getValue() + "\"")
                        .collect(Collectors.joining(","));
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"metadata\":{\"total_size\":" + totalSize + "},\"weight_map\":{" + map + "}}");
    }
}
