package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.fixtures.LoopbackHub;
import dev.graft.fixtures.LoopbackHub.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A base that is named as a model of the hub, on the command line; the hub is on the loopback address. */
class HubBaseTest {
    private static final Path SAMPLES =
            Path.of(System.getProperty("graft.home")).resolve("samples");
    private static final Path TINY = SAMPLES.resolve("checkpoints/tiny-llama");
    private static final String WEIGHTS = "model.safetensors";

    @TempDir
    Path temp;

    private LoopbackHub hub;
    private Path home;

    @BeforeEach
    void start_a_hub() throws IOException {
        home = temp.resolve("home");
        hub = new LoopbackHub("org/tiny")
                .small("config.json", bytes("config.json"))
                .small("tokenizer.json", bytes("tokenizer.json"))
                .small("tokenizer_config.json", bytes("tokenizer_config.json"))
                .large(WEIGHTS, bytes(WEIGHTS));
    }

    @AfterEach
    void stop_the_hub() {
        hub.close();
    }

    @Test
    void every_command_takes_it() throws Exception {
        Path run = temp.resolve("run");
        Path data = SAMPLES.resolve("data/shakespeare/validation.txt");
        String base = "--base=org/tiny";

        Graft inspected = graft("inspect", "org/tiny");
        assertThat(inspected.err()).contains("org/tiny: " + WEIGHTS + ": 6.3 MB, ", " MB/s");
        assertThat(inspected.out()).contains("models--org--tiny/snapshots/" + hub.commit(), "tokenizer.json: there");
        int asked = hub.requests().size();

        assertThat(graft("plan", "plain-lora", base).out()).contains("base: llama, 6 layers");
        graft("emit", "plain-lora", base, "--package", "x", "--out", temp.resolve("emitted"));
        graft("run", "plain-lora", base, "--steps", "1", "--threads", "1", "--data", data, "--out", run);
        graft("eval", base, "--adapter", run, "--data", data, "--first", "1", "--threads", "1");
        graft("generate", base, "--adapter", run, "--prompt", "The", "--tokens", "1", "--threads", "1");
        graft("merge", base, "--adapter", run, "--out", temp.resolve("merged"));
        assertThat(hub.requests()).hasSize(asked);
        assertThat(temp.resolve("merged/tokenizer.json"))
                .isRegularFile()
                .hasSameBinaryContentAs(TINY.resolve("tokenizer.json"));
    }

    @Test
    void a_folder_of_that_name_wins() throws Exception {
        Path folder = temp.resolve("org/tiny");
        Files.createDirectories(folder);
        Files.copy(TINY.resolve("config.json"), folder.resolve("config.json"));

        Process process = start("inspect", "org/tiny");

        assertThat(process.waitFor()).isEqualTo(2);
        assertThat(err()).contains("[E_NOT_FOUND] org/tiny: no checkpoint here");
        assertThat(hub.requests()).isEmpty();
    }

    /** SIGTERM and, as Ctrl-C sends it, SIGINT end a process in the same way; SIGKILL leaves it no time at all. */
    @ParameterizedTest
    @ValueSource(strings = {"TERM", "KILL"})
    void a_download_that_is_stopped_leaves_nothing_half_and_goes_on(String signal) throws Exception {
        hub.slow(20);
        Process process = start("inspect", "org/tiny");
        Path blobs = home.resolve("hub/models--org--tiny/blobs");
        Path growing = blobs.resolve(hub.hash(WEIGHTS) + ".graft.incomplete");
        while (process.isAlive() && !(Files.exists(growing) && Files.size(growing) > 200_000)) {
            Thread.sleep(5);
        }

        assertThat(new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid()))
                        .start()
                        .waitFor())
                .isZero();

        assertThat(process.waitFor()).isEqualTo(signal.equals("TERM") ? 143 : 137);
        long left = Files.size(growing);
        assertThat(blobs.resolve(hub.hash(WEIGHTS))).doesNotExist();
        assertThat(home.resolve("hub/models--org--tiny/snapshots/" + hub.commit()))
                .isDirectoryNotContaining("glob:**.safetensors");
        assertThat(home.resolve("hub/models--org--tiny/refs/main")).doesNotExist();

        hub.slow(0);
        assertThat(graft("inspect", "org/tiny").err()).contains("going on after " + left + " bytes");
        assertThat(hub.fetches(WEIGHTS)).last().extracting(Request::range).isEqualTo("bytes=" + left + "-");
        assertThat(blobs.resolve(hub.hash(WEIGHTS))).hasSameBinaryContentAs(TINY.resolve(WEIGHTS));
    }

    @Test
    void two_processes_download_once() throws Exception {
        hub.slow(60);
        Process one = start("inspect", "org/tiny");
        Process two = start("inspect", "org/tiny");

        assertThat(one.waitFor()).isZero();
        assertThat(two.waitFor()).isZero();
        assertThat(hub.fetches(WEIGHTS)).hasSize(1);
        assertThat(err()).contains("another process is downloading it; waiting for that");
    }

    @Test
    void offline_no_network_is_asked_and_the_exit_code_says_input() {
        Graft refused = Graft.run("plan", "plain-lora", "--base", "nobody-has/this-model");

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err())
                .startsWith("[E_OFFLINE] 'nobody-has/this-model' is no folder here, ")
                .contains("\n  fix: unset HF_HUB_OFFLINE");
    }

    private Process start(Object... words) throws IOException {
        ProcessBuilder process = Graft.process(List.of(), words).redirectErrorStream(false);
        process.environment()
                .putAll(Map.of(
                        "HF_HOME", home.toString(), "HF_ENDPOINT", hub.address().toString(), "HF_HUB_OFFLINE", "0"));
        List.of("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN").forEach(process.environment()::remove);
        return process.directory(temp.toFile())
                .redirectOutput(temp.resolve("out").toFile())
                .redirectError(
                        ProcessBuilder.Redirect.appendTo(temp.resolve("err").toFile()))
                .start();
    }

    private Graft graft(Object... words) throws IOException, InterruptedException {
        Files.deleteIfExists(temp.resolve("err"));
        int exitCode = start(words).waitFor();
        assertThat(exitCode).as(err()).isZero();
        return new Graft(exitCode, Files.readString(temp.resolve("out")), err());
    }

    private String err() throws IOException {
        return Files.readString(temp.resolve("err"), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String file) throws IOException {
        return Files.readAllBytes(TINY.resolve(file));
    }
}
