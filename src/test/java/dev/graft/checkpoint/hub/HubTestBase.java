package dev.graft.checkpoint.hub;

import dev.graft.checkpoint.IfExists;
import dev.graft.checkpoint.SafetensorsWriter;
import dev.graft.fixtures.LoopbackHub;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A hub with a small model of two shards, and an empty cache. */
abstract class HubTestBase {
    static final String ID = "org/tiny";
    static final HubModel MODEL = new HubModel(ID, "main");
    static final String INDEX = "model.safetensors.index.json";
    static final String ONE = "model-00001-of-00002.safetensors";
    static final String TWO = "model-00002-of-00002.safetensors";

    @TempDir
    Path temp;

    LoopbackHub hub;
    Path cache;
    final List<String> told = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start_a_hub() throws IOException {
        cache = temp.resolve("cache");
        hub = new LoopbackHub(ID)
                .small("config.json", "{\"model_type\":\"llama\"}")
                .small("tokenizer.json", "{}")
                .small("README.md", "a model")
                .small(INDEX, "{\"weight_map\":{\"a\":\"" + ONE + "\",\"b\":\"" + TWO + "\"}}")
                .large(ONE, shard("a"))
                .large(TWO, shard("b"))
                .large("pytorch_model.bin", new byte[1000])
                .large("consolidated.safetensors", new byte[1000]);
    }

    @AfterEach
    void stop_the_hub() {
        hub.close();
    }

    byte[] shard(String tensor) throws IOException {
        Path file = temp.resolve("shard-" + tensor);
        float[] values = new float[60_000];
        values[0] = tensor.charAt(0);
        new SafetensorsWriter().floats(tensor, List.of(60_000L), values).write(file, IfExists.REPLACE);
        return Files.readAllBytes(file);
    }

    HubSettings settings() {
        return new HubSettings(
                cache, hub.address(), Optional.empty(), false, Duration.ofMillis(1), Duration.ofSeconds(2));
    }

    HubSettings offline() {
        HubSettings online = settings();
        return new HubSettings(cache, online.endpoint(), online.token(), true, online.pause(), online.stall());
    }

    HubSettings with(String token) {
        HubSettings online = settings();
        return new HubSettings(cache, online.endpoint(), Optional.of(token), false, online.pause(), online.stall());
    }

    Path fetch() {
        return fetch(settings(), MODEL);
    }

    Path fetch(HubSettings settings, HubModel model) {
        return new Hub(settings, new Notes()).folder(model);
    }

    Path folder() {
        return cache.resolve("models--org--tiny");
    }

    Path blob(String name) {
        return folder().resolve("blobs").resolve(hub.hash(name));
    }

    Path incomplete(String name) {
        return folder().resolve("blobs").resolve(hub.hash(name) + ".graft.incomplete");
    }

    static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private final class Notes implements HubMonitor {
        @Override
        public void waiting(HubModel model) {
            told.add("waiting for " + model);
        }

        @Override
        public void started(HubModel model, String file, long from, long size) {
            told.add(file + " from " + from + " of " + size);
        }

        @Override
        public void failed(Issue why) {
            told.add(why.code());
        }
    }
}
