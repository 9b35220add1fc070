package dev.graft.checkpoint;

import dev.graft.checkpoint.JsonScanner.Kind;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what the JSON of a safetensors header says, each entry by itself ({@link HeaderLayout} compares them). */
final class HeaderParser {
    /** More than five times the tensors of the largest published checkpoints, in one file. */
    static final int MAX_TENSORS = 500_000;

    static final int MAX_RANK = 32;
    static final int MAX_NAME_BYTES = 4096;

    private final String file;
    private final JsonScanner json;
    private final BoundedIssues issues;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<HeaderEntry> entries = new ArrayList<>();

    HeaderParser(String file, JsonScanner json) {
        this.file = file;
        this.json = json;
        this.issues = new BoundedIssues(file);
    }

    /** @throws GraftException with every problem of the entries */
    HeaderParser parse() throws MalformedJson {
        json.enterObject();
        Set<String> seen = new HashSet<>();
        int count = 0;
        for (String name = json.nextName(); name != null; name = json.nextName()) {
            if (!seen.add(name)) {
                issues.add(Issue.error("E_DUP_KEY", file + ": the header has " + quoted(name) + " more than once"));
            }
            if (++count > MAX_TENSORS) {
                throw new GraftException(
                        Issue.error("E_LIMIT", file + ": the header lists more than " + MAX_TENSORS + " tensors")
                                .withFix("split the file into shards with fewer tensors"));
            }
            if (name.equals("__metadata__")) {
                readMetadata();
            } else {
                readTensor(name);
            }
        }
        json.finish();
        issues.throwIfAny();
        return this;
    }

    Map<String, String> metadata() {
        return metadata;
    }

    List<HeaderEntry> entries() {
        return entries;
    }

    private void readMetadata() throws MalformedJson {
        if (json.peek() != Kind.OBJECT) {
            error("E_METADATA_TYPE", "__metadata__ must be an object of strings, found " + found());
            return;
        }
        json.enterObject();
        for (String key = json.nextName(); key != null; key = json.nextName()) {
            if (json.peek() != Kind.STRING) {
                error("E_METADATA_TYPE", "__metadata__ " + quoted(key) + " must be a string, found " + found());
            } else if (metadata.put(key, json.string()) != null) {
                error("E_DUP_KEY", "__metadata__ has " + quoted(key) + " more than once");
            }
        }
    }

    private void readTensor(String name) throws MalformedJson {
        boolean surelyShort = name.length() <= MAX_NAME_BYTES / 3; // a char has at most three bytes
        if (!surelyShort && name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            error(
                    "E_LIMIT",
                    "the tensor name that starts with " + quoted(name) + " has more than " + MAX_NAME_BYTES + " bytes");
            json.skip();
            return;
        }
        DType dtype = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        boolean sound = true;
        json.enterObject();
        for (String field = json.nextName(); field != null; field = json.nextName()) {
            boolean again = false;
            switch (field) {
                case "dtype" -> {
                    again = dtype != null;
                    dtype = readDtype(name);
                    sound &= dtype != null;
                }
                case "shape" -> {
                    again = shape != null;
                    shape = readNumbers(name, field, MAX_RANK);
                    sound &= shape != null;
                }
                case "data_offsets" -> {
                    again = offsets != null;
                    offsets = readNumbers(name, field, 2);
                    sound &= offsets != null;
                }
                default -> json.skip();
            }
            if (again) {
                error("E_DUP_KEY", "tensor " + quoted(name) + " has " + quoted(field) + " more than once");
            }
        }
        if (!sound) {
            return;
        }
        if (dtype == null || shape == null || offsets == null || offsets.size() != 2) {
            error("E_HEADER_JSON", "tensor " + quoted(name) + " needs dtype, shape and two data_offsets");
            return;
        }
        entries.add(new HeaderEntry(name, dtype, shape, offsets.get(0), offsets.get(1)));
    }

    private @Nullable DType readDtype(String tensor) throws MalformedJson {
        String written = json.string();
        DType dtype = DType.named(written).orElse(null);
        if (dtype == null) {
            error(
                    "E_DTYPE",
                    "tensor " + quoted(tensor) + " has the unknown dtype " + quoted(written) + "; known are "
                            + DType.known());
        }
        return dtype;
    }

    /** Whole numbers that are not negative; {@code null} after an issue. */
    private @Nullable List<Long> readNumbers(String tensor, String field, int limit) throws MalformedJson {
        List<Long> numbers = new ArrayList<>(2);
        boolean sound = true;
        json.enterArray();
        while (json.nextItem()) {
            long number = json.natural();
            if (number < 0) {
                number = readOddNumber(field + " of tensor " + quoted(tensor), sound);
            }
            if (number >= 0 && numbers.size() == limit) {
                error("E_LIMIT", field + " of tensor " + quoted(tensor) + " has more than " + limit + " numbers");
                number = -1;
            }
            sound &= number >= 0;
            if (sound) {
                numbers.add(number);
            }
        }
        return sound ? numbers : null;
    }

    /** What is no plain small number: one of 19 digits, or a problem (then -1). */
    private long readOddNumber(String where, boolean report) throws MalformedJson {
        String found = json.peek() == Kind.NUMBER ? json.number() : found();
        boolean whole = found.chars().allMatch(character -> character >= '0' && character <= '9');
        if (whole) {
            try {
                return Long.parseLong(found);
            } catch (NumberFormatException e) {
                // Falls through: more than 2^63 - 1.
            }
        }
        if (report && whole) {
            error("E_OVERFLOW", where + " has " + Excerpt.of(found) + ", more than 2^63 - 1");
        } else if (report) {
            error("E_NUMBER", where + " must have whole numbers that are not negative, found " + Excerpt.of(found));
        }
        return -1;
    }

    /** Reads a value of the wrong kind and says what it is. */
    private String found() throws MalformedJson {
        Kind kind = json.peek();
        if (kind == Kind.STRING) {
            return "the text " + quoted(json.string());
        }
        if (kind == Kind.NUMBER) {
            return Excerpt.of(json.number());
        }
        json.skip();
        return switch (kind) {
            case OBJECT -> "an object";
            case ARRAY -> "a list";
            default -> "a word";
        };
    }

    private void error(String code, String problem) {
        issues.add(Issue.error(code, file + ": " + problem));
    }

    private static String quoted(String text) {
        return Excerpt.quoted(text);
    }
}
