package dev.graft.runtime.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/** {@code metrics.jsonl}: one JSON object a line, written through line by line. */
record MetricsLog(AppendedFile file) {
    static final String NAME = "metrics.jsonl";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** One line: {@code kind}, then the record's fields. */
    void write(String kind, Record line) {
        try {
            ObjectNode node = JSON.createObjectNode().put("kind", kind);
            node.setAll(JSON.<ObjectNode>valueToTree(line));
            file.append((JSON.writeValueAsString(node) + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
