package dev.graft.checkpoint.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.fixtures.LoopbackHub.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A cache that the Python library made: the tree as huggingface_hub 2.4.0 leaves it after {@code snapshot_download}, or
 * after transformers fetched file by file.
 */
class PythonCacheTest extends HubTestBase {
    private Path snapshot;

    @BeforeEach
    void make_a_cache() throws IOException {
        snapshot = folder().resolve("snapshots").resolve(hub.commit());
        Files.createDirectories(cache.resolve(".locks/models--org--tiny"));
        Files.writeString(cache.resolve("CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55\n");
        Files.createDirectories(folder().resolve("blobs"));
        Files.createDirectories(folder().resolve("refs"));
        Files.createDirectories(snapshot);
        Files.writeString(folder().resolve("refs/main"), hub.commit());
        put("config.json", "{\"model_type\":\"llama\"}".getBytes(StandardCharsets.UTF_8));
        put(INDEX, ("{\"weight_map\":{\"a\":\"" + ONE + "\",\"b\":\"" + TWO + "\"}}").getBytes(StandardCharsets.UTF_8));
        put(ONE, shard("a"));
        put(TWO, shard("b"));
        put("tokenizer.json", "{}".getBytes(StandardCharsets.UTF_8));
    }

    private void put(String name, byte[] content) throws IOException {
        Files.write(blob(name), content);
        Files.writeString(cache.resolve(".locks/models--org--tiny").resolve(hub.hash(name) + ".lock"), "");
        Files.createSymbolicLink(snapshot.resolve(name), Path.of("../../blobs", hub.hash(name)));
    }

    @Test
    void it_is_opened_as_it_is_over_its_links() {
        Path found = fetch();

        assertThat(found).isEqualTo(snapshot);
        assertThat(Checkpoint.open(found).tensors()).containsOnlyKeys("a", "b");
        assertThat(hub.requests()).isEmpty();
        assertThat(cache.resolve(".locks/models--org--tiny/graft.lock")).doesNotExist();
    }

    @Test
    void a_cache_that_is_reached_over_a_link_is_opened_too() throws IOException {
        Path elsewhere = Files.createSymbolicLink(temp.resolve("elsewhere"), cache);
        HubSettings settings = settings();

        Path found = fetch(
                new HubSettings(
                        elsewhere, settings.endpoint(), settings.token(), true, settings.pause(), settings.stall()),
                MODEL);

        assertThat(Checkpoint.open(found).tensors()).containsOnlyKeys("a", "b");
    }

    @Test
    void only_what_it_lacks_is_fetched() throws IOException {
        Files.delete(blob(TWO)); // an interrupted or a cleaned cache
        Files.delete(snapshot.resolve("config.json"));

        assertThat(fetch()).isEqualTo(snapshot);

        assertThat(hub.requests())
                .filteredOn(request -> request.method().equals("GET"))
                .extracting(Request::path)
                .containsExactly(
                        "/api/models/org/tiny/revision/main",
                        "/org/tiny/resolve/" + hub.commit() + "/" + TWO,
                        "/cdn/" + hub.hash(TWO));
        assertThat(Checkpoint.open(snapshot).tensors()).hasSize(2);
    }

    @Test
    void a_tokenizer_that_python_knows_not_to_exist_is_not_asked_for() throws IOException {
        Files.delete(snapshot.resolve("tokenizer.json"));
        Path absent = folder().resolve(".no_exist").resolve(hub.commit()).resolve("tokenizer.json");
        Files.createDirectories(absent.resolveSibling(""));
        Files.createFile(absent);

        assertThat(fetch()).isEqualTo(snapshot);
        assertThat(hub.requests()).isEmpty();
    }

    @Test
    void weights_without_their_tokenizer_are_completed_and_offline_used_as_they_are() throws IOException {
        Files.delete(snapshot.resolve("tokenizer.json"));

        assertThat(fetch(offline(), MODEL)).isEqualTo(snapshot);
        assertThat(hub.requests()).isEmpty();

        assertThat(fetch()).isEqualTo(snapshot);
        assertThat(snapshot.resolve("tokenizer.json")).hasContent("{}");
    }

    @Test
    void a_reference_that_leads_elsewhere_is_no_reference() throws IOException {
        Files.writeString(folder().resolve("refs/main"), "../../../../etc");

        assertThatThrownBy(() -> fetch(offline(), MODEL)).hasMessageStartingWith("[E_OFFLINE]");
    }

    @Test
    void an_index_in_the_cache_may_not_lead_out_of_it() throws IOException {
        Files.writeString(blob(INDEX), "{\"weight_map\":{\"a\":\"../../../../x.safetensors\"}}");

        assertThatThrownBy(this::fetch)
                .hasMessageStartingWith("[E_PATH_ESCAPE]")
                .hasMessageContaining("'../../../../x.safetensors'");
    }

    @Test
    void a_folder_of_a_snapshot_may_not_link_out_of_it() throws IOException {
        Path outside = Files.createDirectory(temp.resolve("outside"));
        Files.write(outside.resolve("x.safetensors"), shard("a"));
        Files.createSymbolicLink(snapshot.resolve("part"), outside);
        Files.writeString(blob(INDEX), "{\"weight_map\":{\"a\":\"part/x.safetensors\"}}");

        assertThatThrownBy(() -> Checkpoint.open(fetch()))
                .hasMessageStartingWith("[E_PATH_ESCAPE]")
                .hasMessageContaining("'part/x.safetensors'");
    }
}
