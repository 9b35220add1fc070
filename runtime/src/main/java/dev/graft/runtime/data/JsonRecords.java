package dev.graft.runtime.data;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The objects of a data file: a JSON array of objects, or one object a line (JSON lines). */
final class JsonRecords {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();
    private static final ObjectReader ELEMENT = MAPPER.reader();
    private static final ObjectReader WHOLE_LINE = ELEMENT.with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final byte[] bytes;
    private final DataProblems problems;
    private final List<JsonRecord> records = new ArrayList<>();

    private JsonRecords(byte[] bytes, DataProblems problems) {
        this.bytes = bytes;
        this.problems = problems;
    }

    /** Reads all objects; what isn't one is noted and left out. */
    static List<JsonRecord> of(DataFile file) {
        JsonRecords reader = new JsonRecords(file.bytes(), file.problems());
        if (reader.beginsAnArray()) {
            reader.readArray();
        } else {
            reader.readLines();
        }
        if (reader.records.isEmpty() && file.problems().isEmpty()) {
            file.problems().add(0, "it holds no examples", "give a file with at least one");
        }
        return reader.records;
    }

    private boolean beginsAnArray() {
        for (byte b : bytes) {
            if (!Character.isWhitespace(b) && b != (byte) 0xEF && b != (byte) 0xBB && b != (byte) 0xBF) {
                return b == '[';
            }
        }
        return false;
    }

    private void readArray() {
        long line = 1;
        try (JsonParser json = MAPPER.createParser(bytes)) {
            json.nextToken();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                line = json.currentTokenLocation().getLineNr();
                add(line, ELEMENT.readTree(json));
            }
            if (json.nextToken() != null) {
                problems.add(json.currentTokenLocation().getLineNr(), "there is text after the closing bracket", "");
            }
        } catch (JsonProcessingException e) {
            // Without a location where the text is nested too deeply.
            problems.add(e.getLocation() == null ? line : e.getLocation().getLineNr(), reason(e), "");
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory failed", e);
        }
    }

    private void readLines() {
        int start = 0;
        for (long line = 1; start < bytes.length; line++) {
            int end = start;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            readLine(line, start, end);
            start = end + 1;
        }
    }

    private void readLine(long line, int start, int end) {
        try {
            JsonNode node = WHOLE_LINE.readTree(bytes, start, end - start);
            if (!node.isMissingNode()) {
                add(line, node);
            }
        } catch (JsonProcessingException e) {
            problems.add(line, reason(e), "");
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory failed", e);
        }
    }

    private void add(long line, JsonNode node) {
        if (node.isObject()) {
            records.add(new JsonRecord(line, node));
        } else {
            problems.add(line, "expected a JSON object, found " + JsonRecord.kind(node), "");
        }
    }

    private static String reason(JsonProcessingException e) {
        return "it is not valid JSON: "
                + e.getOriginalMessage().lines().findFirst().orElse("");
    }
}
