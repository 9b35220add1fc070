package dev.graft.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the JSON of a safetensors header, once, front to back; nothing in it decides how much is allocated ahead. */
final class HeaderParser {
    /** More than five times the tensors of the largest published checkpoints, in one file. */
    static final int MAX_TENSORS = 500_000;

    static final int MAX_RANK = 32;
    static final int MAX_NAME_BYTES = 4096;

    private static final int MAX_DEPTH = 64;
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNameLength(HeaderReader.MAX_HEADER_BYTES)
                    .maxStringLength(HeaderReader.MAX_HEADER_BYTES)
                    .build())
            .build();

    private final String file;
    private final JsonParser json;
    private final BoundedIssues issues;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<HeaderEntry> entries = new ArrayList<>();
    /** Of the tensor that is being read. */
    private final Set<String> fields = new HashSet<>();

    private HeaderParser(String file, JsonParser json) {
        this.file = file;
        this.json = json;
        this.issues = new BoundedIssues(file);
    }

    /** @throws GraftException with every problem of the text, up to the one that ends the reading */
    static HeaderParser parse(String file, char[] text, int length) {
        try (JsonParser json = JSON.createParser(text, 0, length)) {
            HeaderParser parser = new HeaderParser(file, json);
            parser.readHeader();
            parser.issues.throwIfAny();
            return parser;
        } catch (JsonProcessingException e) {
            String reason = Json.reason(e);
            // Jackson finds some halves of surrogate pairs itself, and says so only in words.
            String code = reason.contains("surrogate") ? "E_HEADER_UTF8" : "E_HEADER_JSON";
            throw new GraftException(Issue.error(code, file + ": the header is not valid JSON: " + reason));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Map<String, String> metadata() {
        return metadata;
    }

    List<HeaderEntry> entries() {
        return entries;
    }

    private void readHeader() throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw broken("it must be a JSON object, found " + found());
        }
        Set<String> seen = new HashSet<>();
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            if (!seen.add(name)) {
                issues.add(Issue.error("E_DUP_KEY", file + ": the header has " + quoted(name) + " more than once"));
            }
            if (seen.size() > MAX_TENSORS) {
                throw new GraftException(
                        Issue.error("E_LIMIT", file + ": the header lists more than " + MAX_TENSORS + " tensors")
                                .withFix("split the file into shards with fewer tensors"));
            }
            json.nextToken();
            if (name.equals("__metadata__")) {
                readMetadata();
            } else if (checkName(name)) {
                readTensor(name).ifPresent(entries::add);
            } else {
                json.skipChildren();
            }
        }
        if (json.nextToken() != null) {
            throw broken("there is text after the closing brace");
        }
    }

    private void readMetadata() throws IOException {
        if (!json.isExpectedStartObjectToken()) {
            issues.add(metadataType("__metadata__ must be an object of strings, found " + found()));
            json.skipChildren();
            return;
        }
        for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
            if (json.nextToken() != JsonToken.VALUE_STRING) {
                issues.add(metadataType("__metadata__ " + quoted(key) + " must be a string, found " + found()));
                json.skipChildren();
                continue;
            }
            String value = json.getText();
            checkText(key, "a key of __metadata__");
            checkText(value, "__metadata__ " + quoted(key));
            if (metadata.put(key, value) != null) {
                issues.add(Issue.error("E_DUP_KEY", file + ": __metadata__ has " + quoted(key) + " more than once"));
            }
        }
    }

    private Issue metadataType(String problem) {
        return Issue.error("E_METADATA_TYPE", file + ": " + problem);
    }

    private boolean checkName(String name) {
        if (name.length() > MAX_NAME_BYTES || name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            issues.add(Issue.error(
                    "E_LIMIT",
                    file + ": the tensor name that starts with " + quoted(name) + " has more than " + MAX_NAME_BYTES
                            + " bytes"));
            return false;
        }
        return checkText(name, "a tensor name");
    }

    /** JSON can spell half a surrogate pair as an escape; no UTF-8 text can hold it. */
    private boolean checkText(String text, String what) {
        if (!hasLoneSurrogate(text)) {
            return true;
        }
        issues.add(Issue.error(
                "E_HEADER_UTF8", file + ": " + what + " has half a surrogate pair, which is no Unicode text"));
        return false;
    }

    private static boolean hasLoneSurrogate(String text) {
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            if (Character.getType(text.codePointAt(i)) == Character.SURROGATE) {
                return true;
            }
        }
        return false;
    }

    private Optional<HeaderEntry> readTensor(String name) throws IOException {
        if (!json.isExpectedStartObjectToken()) {
            throw broken("tensor " + quoted(name) + " must be an object, found " + found());
        }
        DType dtype = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        fields.clear();
        boolean sound = true;
        for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
            if (!fields.add(field)) {
                issues.add(Issue.error(
                        "E_DUP_KEY", file + ": tensor " + quoted(name) + " has " + quoted(field) + " more than once"));
                sound = false;
            }
            json.nextToken();
            switch (field) {
                case "dtype" -> sound &= (dtype = readDtype(name)) != null;
                case "shape" -> sound &= (shape = readNumbers(name, "shape", MAX_RANK)) != null;
                case "data_offsets" -> sound &= (offsets = readNumbers(name, "data_offsets", 2)) != null;
                default -> json.skipChildren();
            }
        }
        if (!sound) {
            return Optional.empty();
        }
        if (dtype == null || shape == null || offsets == null || offsets.size() != 2) {
            throw broken("tensor " + quoted(name) + " needs dtype, shape and two data_offsets");
        }
        return Optional.of(new HeaderEntry(name, dtype, shape, offsets.get(0), offsets.get(1)));
    }

    private @Nullable DType readDtype(String tensor) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            throw broken("the dtype of tensor " + quoted(tensor) + " must be a string, found " + found());
        }
        Optional<DType> dtype = DType.named(json.getText());
        if (dtype.isEmpty()) {
            issues.add(Issue.error(
                    "E_DTYPE",
                    file + ": tensor " + quoted(tensor) + " has the unknown dtype " + quoted(json.getText())
                            + "; known are " + DType.known()));
        }
        return dtype.orElse(null);
    }

    /** Non-negative whole numbers; {@code null} after an issue. */
    private @Nullable List<Long> readNumbers(String tensor, String field, int limit) throws IOException {
        if (!json.isExpectedStartArrayToken()) {
            throw broken(where(field, tensor) + " must be a list of numbers, found " + found());
        }
        List<Long> numbers = new ArrayList<>(4);
        boolean sound = true;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            Issue problem = numberProblem(field, tensor);
            if (problem == null && numbers.size() == limit) {
                problem = Issue.error(
                        "E_LIMIT", file + ": " + where(field, tensor) + " has more than " + limit + " numbers");
            }
            if (problem == null) {
                numbers.add(json.getLongValue());
            } else if (sound) {
                issues.add(problem);
                sound = false;
            }
            json.skipChildren();
        }
        return sound ? numbers : null;
    }

    private @Nullable Issue numberProblem(String field, String tensor) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            boolean large = json.getNumberType() == JsonParser.NumberType.BIG_INTEGER;
            boolean negative = json.getText().startsWith("-");
            if (large && !negative) {
                return Issue.error(
                        "E_OVERFLOW", file + ": " + where(field, tensor) + " has " + found() + ", more than 2^63 - 1");
            }
            if (!large && json.getLongValue() >= 0) {
                return null;
            }
        }
        return Issue.error(
                "E_NUMBER",
                file + ": " + where(field, tensor) + " must have whole numbers that are not negative, found "
                        + found());
    }

    private static String where(String field, String tensor) {
        return field + " of tensor " + quoted(tensor);
    }

    private GraftException broken(String problem) {
        return new GraftException(Issue.error("E_HEADER_JSON", file + ": in the header, " + problem));
    }

    private String found() throws IOException {
        JsonToken token = json.currentToken();
        if (token == null) {
            return "nothing";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "a list";
            case VALUE_STRING -> "the text " + quoted(json.getText());
            default -> Excerpt.of(json.getText());
        };
    }

    private static String quoted(String text) {
        return Excerpt.quoted(text);
    }
}
