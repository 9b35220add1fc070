package dev.graft.checkpoint;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
            if (Files.size(file) > MAX_BYTES) {
                throw new GraftException(Issue.error(
                        "E_LIMIT",
                        file + ": an index has at most " + MAX_BYTES + " bytes, this file has " + Files.size(file)));
            }
            return of(file, Json.object(Files.readString(file)));
        } catch (Json.Malformed e) {
            throw new GraftException(
                    Issue.error(e.isDuplicateKey() ? "E_DUP_KEY" : "E_INDEX_JSON", file + ": " + e.getMessage()));
        } catch (CharacterCodingException e) {
            throw new GraftException(Issue.error("E_INDEX_JSON", file + ": it is not UTF-8"));
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
    }

    private static ShardIndex of(Path file, Map<String, Object> root) {
        if (!(root.get("weight_map") instanceof Map<?, ?> weightMap) || weightMap.isEmpty()) {
            throw new GraftException(
                    Issue.error("E_INDEX_JSON", file + ": 'weight_map' must be an object with a file for each tensor"));
        }
        Map<String, String> shards = new LinkedHashMap<>();
        weightMap.forEach((tensor, shard) -> {
            if (!(shard instanceof String name)) {
                throw new GraftException(Issue.error(
                        "E_INDEX_JSON",
                        file + ": 'weight_map' must name a file for tensor " + Excerpt.quoted(tensor.toString())
                                + ", found " + Json.describe(shard)));
            }
            shards.put(tensor.toString(), name);
        });
        Optional<Long> totalSize =
                root.get("metadata") instanceof Map<?, ?> metadata && metadata.get("total_size") instanceof Number said
                        ? Optional.of(said.longValue())
                        : Optional.empty();
        return new ShardIndex(file, shards, totalSize);
    }

    /** The names of the shards, each once, sorted as their files are numbered. */
    List<String> names() {
        return shards.values().stream().distinct().sorted().toList();
    }
}
