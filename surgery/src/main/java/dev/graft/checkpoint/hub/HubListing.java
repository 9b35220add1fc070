package dev.graft.checkpoint.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.checkpoint.CheckpointFiles;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a revision of a model holds.
 *
 * @param commit 40 hexadecimal digits
 * @param files the paths of all its files
 */
record HubListing(String commit, List<String> files) {
    static final String TOKENIZER = "tokenizer.json";

    /** What Graft reads besides weights, all small. Pickled weights are never fetched. */
    private static final Set<String> COMPANIONS = Set.of(
            CheckpointFiles.CONFIG,
            "generation_config.json",
            TOKENIZER,
            "tokenizer_config.json",
            "tokenizer.model",
            "special_tokens_map.json",
            "added_tokens.json",
            "chat_template.jinja");

    /**
     * From the JSON of the hub's answer, which nobody vouches for.
     *
     * @throws GraftException {@code E_HUB}; {@code E_PATH_ESCAPE} for a name that leads out of the cache
     */
    static HubListing read(HubModel model, byte[] json) {
        JsonNode answer = parse(model, json);
        String commit = answer.path("sha").asText();
        if (!HubModel.isCommit(commit)) {
            throw HubRefusal.unusable(model.toString(), "it names no commit");
        }
        List<String> files = new ArrayList<>();
        answer.path("siblings").forEach(file -> files.add(file.path("rfilename").asText()));
        for (String file : files) {
            String last = file.substring(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
            boolean fetched = COMPANIONS.contains(last) || last.endsWith(".safetensors") || last.endsWith(".json");
            if (fetched && !CheckpointFiles.isPlain(file)) {
                throw new GraftException(Issue.error(
                        "E_PATH_ESCAPE",
                        model + ": the server lists a file outside of the model, '" + file.replaceAll("\\p{Cntrl}", "?")
                                + "'; nothing was fetched"));
            }
        }
        return new HubListing(commit, files);
    }

    private static JsonNode parse(HubModel model, byte[] json) {
        try {
            return new JsonMapper().readTree(json);
        } catch (JsonProcessingException e) {
            throw HubRefusal.unusable(model.toString(), "it is no JSON");
        } catch (IOException e) {
            throw new IllegalStateException(e); // there is nothing but bytes in memory to read
        }
    }

    boolean has(String file) {
        return files.contains(file);
    }

    /**
     * The small files, the weights' index last.
     *
     * @throws GraftException {@code E_NOT_FOUND}, {@code E_PICKLE} or {@code E_FORMAT} if the model has no weights that can be
     *     read
     */
    List<String> companions(HubModel model) {
        boolean sharded = !has(CheckpointFiles.SINGLE);
        if (sharded && !has(CheckpointFiles.INDEX)) {
            throw new GraftException(CheckpointFiles.noWeights(Path.of(model.toString()), files));
        }
        return Stream.concat(
                        files.stream().filter(COMPANIONS::contains).sorted(),
                        sharded ? Stream.of(CheckpointFiles.INDEX) : Stream.empty())
                .toList();
    }
}
