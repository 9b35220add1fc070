package dev.graft.runtime.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The small JSON files beside a tokenizer. */
final class FolderJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private FolderJson() {}

    /**
     * The object in a file; a missing node where there is no such file.
     *
     * @throws GraftException {@code E_TOKENIZER} where the file cannot be read as a JSON object
     */
    static JsonNode read(Path file) {
        if (!Files.isRegularFile(file)) {
            return MissingNode.getInstance();
        }
        try {
            JsonNode node = MAPPER.readTree(Files.readAllBytes(file));
            if (node.isObject()) {
                return node;
            }
            throw broken(file, "it holds no JSON object", null);
        } catch (JsonProcessingException e) {
            String line =
                    e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr() + ": ";
            throw broken(file, line + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw broken(file, String.valueOf(e.getMessage()), e);
        }
    }

    private static GraftException broken(Path file, String reason, @Nullable Throwable cause) {
        Issue issue = Issue.error("E_TOKENIZER", file + " cannot be read: " + reason)
                .withFix("copy the file from the checkpoint's source again");
        return cause == null ? new GraftException(issue) : new GraftException(issue, cause);
    }
}
