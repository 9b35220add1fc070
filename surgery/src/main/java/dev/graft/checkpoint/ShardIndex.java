package dev.graft.checkpoint;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A {@code model.safetensors.index.json}: which shard holds which tensor.
 *
 * @param shards file name by tensor name
 * @param totalSize the bytes of all tensors, if the index says it
 */
record ShardIndex(Path file, Map<String, String> shards, Optional<Long> totalSize) {
    private static final long MAX_BYTES = HeaderReader.MAX_HEADER_BYTES;

    static ShardIndex read(Path file) {
        try {
            return read(file, JsonFile.read(file, MAX_BYTES));
        } catch (MalformedJson e) {
            throw new GraftException(Issue.error("E_INDEX_JSON", file + ": " + e.getMessage()));
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
    }

    private static ShardIndex read(Path file, JsonScanner json) throws MalformedJson {
        Map<String, String> shards = new LinkedHashMap<>();
        Optional<Long> totalSize = Optional.empty();
        json.enterObject();
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            switch (name) {
                case "weight_map" -> readWeightMap(file, json, shards);
                case "metadata" -> totalSize = totalSize(Json.value(json).orElse(Map.of()));
                default -> json.skip();
            }
        }
        json.finish();
        if (shards.isEmpty()) {
            throw new MalformedJson("'weight_map' must name a file for each tensor");
        }
        return new ShardIndex(file, shards, totalSize);
    }

    private static void readWeightMap(Path file, JsonScanner json, Map<String, String> shards) throws MalformedJson {
        json.enterObject();
        for (String tensor = json.nextName(); tensor != null; tensor = json.nextName()) {
            if (shards.put(tensor, json.string()) != null) {
                throw new GraftException(
                        Issue.error("E_DUP_KEY", file + ": it has " + Excerpt.quoted(tensor) + " more than once"));
            }
        }
    }

    private static Optional<Long> totalSize(Object metadata) {
        return metadata instanceof Map<?, ?> map && map.get("total_size") instanceof Number said
                ? Optional.of(said.longValue())
                : Optional.empty();
    }

    /** The names of the shards, each once, sorted as their files are numbered. */
    List<String> names() {
        Set<String> names = new HashSet<>();
        String last = null;
        for (String name : shards.values()) {
            if (!name.equals(last)) { // neighbours mostly share a shard
                names.add(name);
                last = name;
            }
        }
        return names.stream().sorted().toList();
    }
}
