package dev.graft.checkpoint.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.fixtures.LoopbackHub.Fault;
import dev.graft.fixtures.LoopbackHub.Request;
import dev.graft.issue.GraftException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads, and what a network and a server may do to them. */
class HubDownloadTest extends HubTestBase {
    private static final int CUT = 100_000;

    @Test
    void a_model_is_laid_out_as_the_hub_documents_it_and_only_what_is_read_is_fetched() throws IOException {
        Path snapshot = fetch();

        assertThat(snapshot).isEqualTo(folder().resolve("snapshots").resolve(hub.commit()));
        assertThat(names(snapshot)).containsExactly("config.json", ONE, TWO, INDEX, "tokenizer.json");
        assertThat(folder().resolve("refs/main")).hasContent(hub.commit());
        for (String name : names(snapshot)) {
            assertThat(Files.readSymbolicLink(snapshot.resolve(name)))
                    .isEqualTo(Path.of("../../blobs", hub.hash(name)));
        }
        assertThat(names(folder().resolve("blobs"))).hasSize(5).allMatch(name -> name.matches("[0-9a-f]{40,64}"));
        assertThat(blob(ONE)).hasBinaryContent(shard("a"));
        assertThat(Checkpoint.open(snapshot).tensors()).containsOnlyKeys("a", "b");
    }

    @Test
    void what_is_there_is_used_without_asking_anybody() {
        Path first = fetch();
        hub.commit("1".repeat(40));
        int asked = hub.requests().size();

        assertThat(fetch()).isEqualTo(first);
        assertThat(fetch(offline(), MODEL)).isEqualTo(first);
        assertThat(fetch(settings(), new HubModel(ID, "c0ffee".repeat(6) + "c0ff")))
                .isEqualTo(first);
        assertThat(hub.requests()).hasSize(asked);
    }

    @Test
    void a_commit_is_fetched_without_a_reference_and_shares_blobs_with_other_commits() throws IOException {
        fetch();
        int fetches = hub.fetches(ONE).size();
        hub.commit("2".repeat(40)).small("config.json", "{\"model_type\":\"mistral\"}");

        Path second = fetch(settings(), new HubModel(ID, "2".repeat(40)));

        assertThat(second.resolve("config.json")).hasContent("{\"model_type\":\"mistral\"}");
        assertThat(hub.fetches(ONE)).hasSize(fetches);
        assertThat(names(folder().resolve("refs"))).containsExactly("main");
        assertThat(folder().resolve("refs/main")).hasContent("c0ffee".repeat(6) + "c0ff");
    }

    @Test
    void a_connection_that_ends_mid_way_is_gone_on_with() {
        hub.fault(ONE, new Fault.Cut(CUT), new Fault.Cut(CUT));

        fetch();

        assertThat(hub.fetches(ONE))
                .extracting(Request::range)
                .containsExactly("", "bytes=" + CUT + "-", "bytes=" + 2 * CUT + "-");
        assertThat(blob(ONE)).exists();
        assertThat(told).contains("E_NETWORK");
    }

    @Test
    void a_connection_that_stalls_is_gone_on_with() {
        hub.fault(ONE, new Fault.Stall(CUT));

        fetch();

        assertThat(hub.fetches(ONE)).extracting(Request::range).containsExactly("", "bytes=" + CUT + "-");
    }

    @Test
    void a_server_that_keeps_dying_is_given_up_and_the_next_command_goes_on() throws IOException {
        List<Fault> dying = new ArrayList<>(List.of(new Fault.Cut(CUT)));
        dying.addAll(Collections.nCopies(Patience.ATTEMPTS, new Fault.Cut(0)));
        hub.fault(ONE, dying.toArray(Fault[]::new));

        assertThatThrownBy(this::fetch)
                .isInstanceOf(GraftException.class)
                .hasMessageStartingWith("[E_NETWORK] org/tiny: " + ONE + ": ")
                .hasMessageContaining("it goes on where it stopped");
        assertThat(incomplete(ONE)).hasSize(CUT);
        assertThat(blob(ONE)).doesNotExist();
        assertThat(folder().resolve("refs/main")).doesNotExist();

        told.clear();
        Path snapshot = fetch();
        assertThat(told).startsWith(ONE + " from " + CUT + " of " + shard("a").length);
        assertThat(Checkpoint.open(snapshot).tensors()).hasSize(2);
        assertThat(incomplete(ONE)).doesNotExist();
    }

    @Test
    void a_server_that_cannot_go_on_begins_again() throws IOException {
        hub.fault(ONE, new Fault.Cut(CUT), new Fault.NoRange());

        fetch();

        assertThat(blob(ONE)).hasBinaryContent(shard("a"));
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502, 503, 504})
    void a_server_that_is_busy_is_asked_again(int status) {
        hub.fault("", new Fault.Status(status, "")).fault(TWO, new Fault.Status(status, ""));

        assertThat(fetch()).isDirectory();
        assertThat(told).filteredOn("E_NETWORK"::equals).hasSize(2);
    }

    @Test
    void a_storage_whose_address_has_run_out_is_asked_at_a_new_one() {
        hub.fault(ONE, new Fault.Cut(CUT), new Fault.Status(403, ""));

        assertThat(fetch()).isDirectory();
        assertThat(hub.fetches(ONE))
                .extracting(Request::range)
                .containsExactly("", "bytes=" + CUT + "-", "bytes=" + CUT + "-");
        assertThat(hub.requests())
                .extracting(Request::path)
                .filteredOn(path -> path.endsWith("/" + ONE))
                .hasSize(4); // once for its hash, and each time it is fetched
    }

    @Test
    void content_of_another_hash_is_refused_and_not_left_behind() throws IOException {
        byte[] wrong = shard("a");
        wrong[wrong.length - 1] ^= 1;
        hub.fault(ONE, new Fault.Wrong(wrong));

        assertThatThrownBy(this::fetch)
                .hasMessageStartingWith(
                        "[E_CHECKSUM] " + hub.address() + "/org/tiny/resolve/" + hub.commit() + "/" + ONE)
                .hasMessageContaining("its content is not that of " + hub.hash(ONE));
        assertThat(incomplete(ONE)).doesNotExist();
        assertThat(blob(ONE)).doesNotExist();
        assertThat(folder().resolve("snapshots").resolve(hub.commit()).resolve(ONE))
                .doesNotExist();

        assertThat(fetch()).isDirectory();
    }

    @Test
    void a_small_file_of_another_git_hash_is_refused() {
        hub.fault("config.json", new Fault.Wrong("{\"model_type\":\"lLama\"}".getBytes(StandardCharsets.UTF_8)));

        assertThatThrownBy(this::fetch).hasMessageStartingWith("[E_CHECKSUM]").hasMessageContaining("config.json");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    void content_of_another_size_is_refused_and_not_left_behind(int difference) throws IOException {
        byte[] right = shard("b");
        hub.fault(TWO, new Fault.Wrong(Arrays.copyOf(right, right.length + difference)));

        assertThatThrownBy(this::fetch)
                .hasMessageStartingWith("[E_CHECKSUM]")
                .hasMessageContaining("has not the " + right.length + " bytes that the hub says");
        assertThat(incomplete(TWO)).doesNotExist();
        assertThat(blob(TWO)).doesNotExist();
    }

    @Test
    void a_part_that_was_damaged_on_disk_is_found_out() throws IOException {
        Files.createDirectories(folder().resolve("blobs"));
        Files.write(incomplete(ONE), new byte[CUT]);

        assertThatThrownBy(this::fetch).hasMessageStartingWith("[E_CHECKSUM]");
        assertThat(fetch()).isDirectory();
    }

    @Test
    void a_part_that_is_longer_than_the_file_is_begun_again() throws IOException {
        Files.createDirectories(folder().resolve("blobs"));
        Files.write(incomplete(ONE), new byte[1_000_000]);

        fetch();

        assertThat(blob(ONE)).hasBinaryContent(shard("a"));
    }

    @Test
    void a_disk_that_is_too_small_is_found_out_before_the_weights() {
        hub.claim(TWO, 1L << 58);

        assertThatThrownBy(this::fetch).hasMessageStartingWith("[E_NOSPACE]");
        assertThat(hub.fetches(ONE)).isEmpty();
    }

    @Test
    void two_at_once_download_once() throws Exception {
        hub.slow(100);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Callable<Path> one = this::fetch;
            List<Future<Path>> both = threads.invokeAll(List.of(one, one));

            assertThat(both.get(0).get()).isEqualTo(both.get(1).get());
        } finally {
            threads.shutdownNow();
        }
        assertThat(hub.fetches(ONE)).hasSize(1);
        assertThat(told).contains("waiting for org/tiny");
    }

    @Test
    void a_single_file_needs_no_index_and_a_model_may_have_no_tokenizer() throws IOException {
        hub.without(INDEX).without(ONE).without(TWO).without("tokenizer.json").large("model.safetensors", shard("a"));

        Path snapshot = fetch();

        assertThat(names(snapshot)).containsExactly("config.json", "model.safetensors");
        assertThat(folder().resolve(".no_exist").resolve(hub.commit()).resolve("tokenizer.json"))
                .isEmptyFile();
        int asked = hub.requests().size();
        assertThat(fetch()).isEqualTo(snapshot);
        assertThat(hub.requests()).hasSize(asked);
    }

    @Test
    void names_with_odd_characters_are_asked_for_as_they_are() throws IOException {
        String odd = "part 1/mödel+1.safetensors";
        hub.without(ONE)
                .small(INDEX, "{\"weight_map\":{\"a\":\"" + odd + "\",\"b\":\"" + TWO + "\"}}")
                .large(odd, shard("a"));

        Path snapshot = fetch();

        assertThat(Files.readSymbolicLink(snapshot.resolve(odd))).isEqualTo(Path.of("../../../blobs", hub.hash(odd)));
        assertThat(Checkpoint.open(snapshot).tensors()).containsOnlyKeys("a", "b");
    }
}
