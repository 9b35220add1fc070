package dev.graft.checkpoint.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.issue.GraftException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is a model's name, what the environment says, and what a hash is of. */
class HubModelTest {
    private static final Path USER = Path.of("/home/user");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "HuggingFaceTB/SmolLM2-135M,            HuggingFaceTB/SmolLM2-135M, main",
        "org/na_me.v1@v1.0,                     org/na_me.v1,               v1.0",
        "org/name@refs/pr/1,                    org/name,                   refs/pr/1",
        "0/1@0123456789012345678901234567890123456789, 0/1, 0123456789012345678901234567890123456789"
    })
    void a_name_has_an_organisation_and_may_have_a_revision(String text, String id, String revision) {
        assertThat(HubModel.named(text)).contains(new HubModel(id, revision));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "name",
                "a/b/c",
                "/a/b",
                "a/b/",
                "./b",
                "../b",
                "a/..",
                "a/.b",
                "-a/b",
                "a--x/b",
                "a/b..c",
                "a b/c",
                "a/b@",
                "a/b@../x",
                "a/b@/x",
                "a/b@x//y",
                "a/b@c:d",
                "a/b@x\\y",
                "a/\u0000b",
                "é/b"
            })
    void what_the_hub_would_not_take_is_no_name(String text) {
        assertThat(HubModel.named(text)).isEmpty();
    }

    @Test
    void its_folder_is_the_documented_one() {
        assertThat(new HubModel("julien-c/EsperBERTo-small", "main").folder())
                .isEqualTo("models--julien-c--EsperBERTo-small");
    }

    @Test
    void the_cache_is_where_the_environment_says() {
        assertThat(settings(Map.of()).cache()).isEqualTo(USER.resolve(".cache/huggingface/hub"));
        assertThat(settings(Map.of("XDG_CACHE_HOME", "/x")).cache()).isEqualTo(Path.of("/x/huggingface/hub"));
        assertThat(settings(Map.of("HF_HOME", "~/hf")).cache()).isEqualTo(USER.resolve("hf/hub"));
        assertThat(settings(Map.of("HF_HOME", "/hf", "HF_HUB_CACHE", "/cache")).cache())
                .isEqualTo(Path.of("/cache"));
        assertThat(settings(Map.of("HF_HOME", "", "HF_HUB_CACHE", " ")).cache())
                .isEqualTo(USER.resolve(".cache/huggingface/hub"));
    }

    @ParameterizedTest
    @CsvSource({"1, true", "on, true", "Yes, true", "TRUE, true", "0, false", "no, false", ", false"})
    void offline_is_what_the_python_library_takes_for_it(String value, boolean offline) {
        assertThat(settings(value == null ? Map.of() : Map.of("HF_HUB_OFFLINE", value))
                        .offline())
                .isEqualTo(offline);
    }

    @Test
    void a_token_comes_from_the_environment_or_from_the_login_and_is_not_shown() throws IOException {
        Files.writeString(folder.resolve("token"), "hf_stored\n");
        Map<String, String> home = Map.of("HF_HOME", folder.toString());

        assertThat(settings(home).token()).contains("hf_stored");
        assertThat(settings(Map.of("HF_HOME", folder.toString(), "HF_TOKEN", "hf_mine"))
                        .token())
                .contains("hf_mine");
        assertThat(settings(Map.of("HF_HOME", folder.toString(), "HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"))
                        .token())
                .isEmpty();
        assertThat(settings(home)).asString().contains("with a token").doesNotContain("hf_stored");
    }

    @Test
    void an_endpoint_is_an_address() {
        assertThat(settings(Map.of()).endpoint()).hasToString("https://huggingface.co");
        assertThat(settings(Map.of("HF_ENDPOINT", "https://mirror.example/hf/")).endpoint())
                .hasToString("https://mirror.example/hf");
        for (String wrong : new String[] {"huggingface.co", "ftp://x", "https://", "a b"}) {
            assertThatThrownBy(() -> settings(Map.of("HF_ENDPOINT", wrong)))
                    .isInstanceOf(GraftException.class)
                    .hasMessageStartingWith(
                            "[E_ENVIRONMENT] HF_ENDPOINT is '" + wrong + "', which is no http or https address");
        }
    }

    /** As `git hash-object` and `sha256sum` print them for this content. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ce013625030ba8dba906f756967f9e9ca394464a",
                "\"ce013625030ba8dba906f756967f9e9ca394464a\"",
                "W/\"ce013625030ba8dba906f756967f9e9ca394464a\"",
                "\"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\""
            })
    void a_tag_says_the_hash_of_the_content(String tag) {
        ContentHash hash = ContentHash.ofTag(tag).orElseThrow();

        assertThat(hash.isOf(fed(hash, "hello\n"))).isTrue();
        assertThat(hash.isOf(fed(hash, "hellO\n"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"abc\"", "../../x", "CE013625030BA8DBA906F756967F9E9CA394464A"})
    void another_tag_says_nothing(String tag) {
        assertThat(ContentHash.ofTag(tag)).isEmpty();
    }

    private static MessageDigest fed(ContentHash hash, String content) {
        byte[] bytes = content.getBytes(StandardCharsets.US_ASCII);
        MessageDigest digest = hash.digest(bytes.length);
        digest.update(bytes);
        return digest;
    }

    private static HubSettings settings(Map<String, String> environment) {
        return HubSettings.of(environment, USER);
    }
}
