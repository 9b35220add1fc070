package dev.graft.runtime.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The lines of a run's {@code metrics.jsonl}. */
record MetricsLines(List<JsonNode> all) {

    static MetricsLines of(Path folder) {
        List<JsonNode> lines = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(folder.resolve("metrics.jsonl"))) {
                lines.add(new ObjectMapper().readTree(line));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new MetricsLines(lines);
    }

    List<JsonNode> of(String kind) {
        return all.stream()
                .filter(line -> line.path("kind").asText().equals(kind))
                .toList();
    }

    /** A field of all lines of a kind. */
    List<Double> of(String kind, String field) {
        return of(kind).stream().map(line -> line.path(field).asDouble()).toList();
    }
}
