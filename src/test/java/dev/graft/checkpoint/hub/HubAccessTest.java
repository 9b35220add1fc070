package dev.graft.checkpoint.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.fixtures.LoopbackHub.Fault;
import dev.graft.fixtures.LoopbackHub.Request;
import dev.graft.issue.GraftException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may have a model, and what a server that is not to be trusted gets to know and to do. */
class HubAccessTest extends HubTestBase {
    @Test
    void the_token_goes_to_the_hub_and_not_along_a_redirect_to_another_host() {
        hub.token("hf_secret");

        fetch(with("hf_secret"), MODEL);

        assertThat(hub.requests())
                .filteredOn(request -> !request.toStorage())
                .isNotEmpty()
                .extracting(Request::authorization)
                .containsOnly("Bearer hf_secret");
        assertThat(hub.requests())
                .filteredOn(Request::toStorage)
                .hasSize(2)
                .extracting(Request::authorization)
                .containsOnly("");
    }

    @Test
    void a_model_that_was_renamed_is_found_by_its_old_name_and_the_hub_itself_may_redirect_with_the_token() {
        hub.token("hf_secret").renamedFrom("old/tiny");

        Path snapshot = fetch(with("hf_secret"), new HubModel("old/tiny", "main"));

        assertThat(snapshot)
                .isEqualTo(cache.resolve("models--old--tiny/snapshots").resolve(hub.commit()));
        assertThat(snapshot.resolve("config.json")).hasContent("{\"model_type\":\"llama\"}");
        assertThat(snapshot.resolve(ONE)).hasSameBinaryContentAs(temp.resolve("shard-a"));
    }

    @Test
    void without_the_token_of_a_gated_model_it_says_how_to_get_access() {
        hub.token("hf_secret");

        assertThatThrownBy(this::fetch)
                .isInstanceOf(GraftException.class)
                .hasMessage("[E_ACCESS] org/tiny: " + hub.address()
                        + " gives it only to those who were granted access (401)\n"
                        + "  fix: ask for access on the model's page, then set HF_TOKEN to a token of that account");
        assertThatThrownBy(() -> fetch(with("hf_other"), MODEL)).hasMessageContaining("granted access (403)");
        assertThat(hub.requests()).hasSize(2); // no second try
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "401 |                  | E_NOT_FOUND | 'org/tiny' is no folder here",
                "404 | RepoNotFound     | E_NOT_FOUND | 'org/tiny' is no folder here",
                "404 | RevisionNotFound | E_NOT_FOUND | there is no branch, tag or commit 'main'",
                "403 |                  | E_ACCESS    | granted access (403)",
                "404 |                  | E_NOT_FOUND | org/tiny: not found at http://127.0.0.1",
                "418 |                  | E_HUB       | the server's answer can't be used: it answers 418"
            })
    void a_refusal_says_what_to_do(int status, String reason, String code, String message) {
        hub.fault("", new Fault.Status(status, reason == null ? "" : reason));

        assertThatThrownBy(this::fetch)
                .hasMessageStartingWith("[" + code + "]")
                .hasMessageContaining(message)
                .hasMessageContaining("\n  fix: ");
        assertThat(folder()).doesNotExist();
    }

    @Test
    void a_token_that_the_hub_does_not_take_is_said_to_be_wrong() {
        hub.fault("", new Fault.Status(401, ""));

        assertThatThrownBy(() -> fetch(with("hf_old"), MODEL))
                .hasMessageContaining("does not take the token (401)")
                .hasMessageNotContaining("hf_old");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../../etc/model.safetensors",
                "/etc/config.json",
                "a/../../config.json",
                "..\\..\\tokenizer.json",
                "C:\\model.safetensors"
            })
    void a_listing_that_leads_out_of_the_cache_is_refused_whole(String name) {
        hub.small(name, "x");

        assertThatThrownBy(this::fetch)
                .hasMessage("[E_PATH_ESCAPE] org/tiny: the server lists a file outside of the model, '" + name
                        + "'; nothing was fetched");
        assertThat(hub.requests()).hasSize(1);
        assertThat(folder()).doesNotExist();
    }

    @Test
    void an_index_that_leads_out_of_the_cache_is_refused_before_a_shard_is_asked_for() {
        hub.small(INDEX, "{\"weight_map\":{\"a\":\"../../../../x.safetensors\"}}");

        assertThatThrownBy(this::fetch)
                .hasMessageStartingWith("[E_PATH_ESCAPE]")
                .hasMessageContaining("'../../../../x.safetensors'");
        assertThat(hub.requests()).noneMatch(request -> request.path().contains("x.safetensors"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "main", "../../../../x", "C0FFEE"})
    void a_commit_that_is_none_is_refused(String commit) {
        hub.commit(commit);

        assertThatThrownBy(this::fetch)
                .hasMessageStartingWith("[E_HUB] org/tiny")
                .hasMessageContaining("names no commit");
        assertThat(folder()).doesNotExist();
    }

    @Test
    void pickles_alone_are_no_model() {
        hub.without(INDEX).without(ONE).without(TWO).without("consolidated.safetensors");

        assertThatThrownBy(this::fetch)
                .hasMessageStartingWith("[E_PICKLE] org/tiny/pytorch_model.bin")
                .hasMessageContaining("safe_serialization");
        assertThat(hub.requests()).hasSize(1);
    }

    @Test
    void weights_of_another_name_are_named() {
        hub.without(INDEX).without(ONE).without(TWO);

        assertThatThrownBy(this::fetch)
                .hasMessageStartingWith("[E_NOT_FOUND] org/tiny: there is neither model.safetensors nor")
                .hasMessageContaining("only consolidated.safetensors");
    }

    @Test
    void a_shard_that_the_index_names_and_the_hub_does_not_have_is_named() {
        hub.without(TWO);

        assertThatThrownBy(this::fetch).hasMessageStartingWith("[E_NOT_FOUND] org/tiny: " + TWO + ": not found at");
    }

    @Test
    void nobody_there_is_told_after_some_tries() {
        HubSettings nobody = at("http://127.0.0.1:1");

        assertThatThrownBy(() -> fetch(nobody, MODEL))
                .hasMessageStartingWith("[E_NETWORK] org/tiny: 127.0.0.1:1 can't be reached")
                .hasMessageContaining("if a folder was meant, there is none of this name");
        assertThat(told).hasSize(Patience.ATTEMPTS - 1).containsOnly("E_NETWORK");
    }

    @Test
    void a_host_that_does_not_exist_is_told_at_once() {
        HubSettings nowhere = at("http://hub.invalid");

        assertThatThrownBy(() -> fetch(nowhere, MODEL))
                .hasMessageStartingWith("[E_NETWORK] org/tiny: no host hub.invalid is known here");
        assertThat(told).isEmpty();
    }

    @Test
    void offline_it_says_what_is_missing_and_what_to_do() throws Exception {
        assertThatThrownBy(() -> fetch(offline(), MODEL))
                .hasMessageStartingWith(
                        "[E_OFFLINE] 'org/tiny' is no folder here, the cache has no revision 'main' of it (" + folder()
                                + "), and HF_HUB_OFFLINE forbids to fetch it")
                .hasMessageContaining("unset HF_HUB_OFFLINE");
        assertThat(hub.requests()).isEmpty();
        assertThat(cache).doesNotExist();

        fetch();
        Files.delete(blob(TWO));
        assertThatThrownBy(() -> fetch(offline(), MODEL))
                .hasMessageStartingWith("[E_OFFLINE]")
                .hasMessageContaining(hub.commit() + " lacks " + TWO);
    }

    private HubSettings at(String address) {
        return new HubSettings(
                cache, URI.create(address), Optional.empty(), false, Duration.ofMillis(1), Duration.ofSeconds(2));
    }
}
