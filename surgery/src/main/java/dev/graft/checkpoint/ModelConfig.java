package dev.graft.checkpoint;

import com.google.errorprone.annotations.CheckReturnValue;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model's {@code config.json} as found on the hub, with the keys of transformers 4 and 5. A key may be a path into
 * nested objects ({@code rope_parameters.rope_theta}); a value {@code null} counts as absent. Every problem is an
 * {@code E_CONFIG} that names the file, the key and what was found.
 */
@CheckReturnValue
public final class ModelConfig {
    private static final long MAX_BYTES = 16L << 20;

    private final String source;
    private final Map<String, Object> root;

    private ModelConfig(String source, Map<String, Object> root) {
        this.source = source;
        this.root = root;
    }

    public static ModelConfig read(Path file) {
        try {
            return parse(file.toString(), JsonFile.read(file, MAX_BYTES));
        } catch (MalformedJson e) {
            throw error(file + ": " + e.getMessage());
        } catch (NoSuchFileException e) {
            throw new GraftException(
                    Issue.error("E_CONFIG", file + ": the model's configuration is missing")
                            .withFix("download config.json from the same place as the weights"),
                    e);
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
    }

    public static ModelConfig of(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        try {
            return parse("config.json", new JsonScanner(bytes, 0, bytes.length));
        } catch (MalformedJson e) {
            throw error("config.json: " + e.getMessage());
        }
    }

    private static ModelConfig parse(String source, JsonScanner json) throws MalformedJson {
        Map<String, Object> root = Json.object(json);
        json.finish();
        return new ModelConfig(source, root);
    }

    public String modelType() {
        return text("model_type");
    }

    public boolean has(String key) {
        return find(key).isPresent();
    }

    public int integer(String key) {
        return required(key, "a whole number", optionalInteger(key));
    }

    public int integer(String key, int fallback) {
        return optionalInteger(key).orElse(fallback);
    }

    public Optional<Integer> optionalInteger(String key) {
        return find(key).map(value -> asInteger(key, value));
    }

    /** A dimension or a count: at least 1. */
    public int positive(String key) {
        return atLeastOne(key, integer(key));
    }

    public int positive(String key, int fallback) {
        return atLeastOne(key, integer(key, fallback));
    }

    public double decimal(String key) {
        return required(key, "a number", optionalDecimal(key));
    }

    public double decimal(String key, double fallback) {
        return optionalDecimal(key).orElse(fallback);
    }

    public Optional<Double> optionalDecimal(String key) {
        return find(key).map(value -> {
            if (value instanceof Number number) {
                return number.doubleValue();
            }
            throw wrong(key, "a number", value);
        });
    }

    public boolean flag(String key) {
        return required(key, "true or false", optionalFlag(key));
    }

    public boolean flag(String key, boolean fallback) {
        return optionalFlag(key).orElse(fallback);
    }

    public Optional<Boolean> optionalFlag(String key) {
        return find(key).map(value -> {
            if (value instanceof Boolean flag) {
                return flag;
            }
            throw wrong(key, "true or false", value);
        });
    }

    public String text(String key) {
        return required(key, "a text", optionalText(key));
    }

    public String text(String key, String fallback) {
        return optionalText(key).orElse(fallback);
    }

    public Optional<String> optionalText(String key) {
        return find(key).map(value -> asText(key, value));
    }

    /** A list of whole numbers; a single one counts as a list; absent is empty. */
    public List<Integer> integers(String key) {
        return items(key).stream().map(item -> asInteger(key, item)).toList();
    }

    /** A list of texts; a single one counts as a list; absent is empty. */
    public List<String> texts(String key) {
        return items(key).stream().map(item -> asText(key, item)).toList();
    }

    /** The base of the rotary frequencies: {@code rope_theta}, or {@code rope_parameters.rope_theta} since transformers 5. */
    public double ropeTheta(double fallback) {
        return optionalDecimal("rope_theta")
                .or(() -> optionalDecimal("rope_parameters.rope_theta"))
                .orElse(fallback);
    }

    /** {@code rope_scaling}, or {@code rope_parameters} since transformers 5. */
    public RopeScaling ropeScaling() {
        if (has("rope_scaling")) {
            return ropeScaling(
                    "rope_scaling", ropeType("rope_scaling").orElseGet(() -> text("rope_scaling.rope_type")));
        }
        if (has("rope_parameters.full_attention")) {
            return new RopeScaling.Other("one per kind of attention");
        }
        return ropeScaling("rope_parameters", ropeType("rope_parameters").orElse("default"));
    }

    private Optional<String> ropeType(String key) {
        return optionalText(key + ".rope_type").or(() -> optionalText(key + ".type"));
    }

    private RopeScaling ropeScaling(String key, String type) {
        return switch (type) {
            case "default" -> new RopeScaling.None();
            case "linear" -> new RopeScaling.Linear(decimal(key + ".factor"));
            case "llama3" ->
                new RopeScaling.Llama3(
                        decimal(key + ".factor"),
                        decimal(key + ".low_freq_factor"),
                        decimal(key + ".high_freq_factor"),
                        positive(key + ".original_max_position_embeddings"));
            default -> new RopeScaling.Other(type);
        };
    }

    /** The precision that the weights are meant to have: {@code torch_dtype}, or {@code dtype} since transformers 5. */
    public Optional<String> dtype() {
        return optionalText("dtype").or(() -> optionalText("torch_dtype"));
    }

    /** Ids that end a text; one or several. */
    public List<Integer> eosTokenIds() {
        return integers("eos_token_id");
    }

    /** The method by which the weights are quantised, if they are. */
    public Optional<String> quantisation() {
        return find("quantization_config").map(ignored -> text("quantization_config.quant_method", "unknown"));
    }

    /** The same text for configurations that say the same, whatever their layout. */
    String canonical() {
        return Json.canonical(root);
    }

    String source() {
        return source;
    }

    private Optional<Object> find(String key) {
        Object value = root;
        for (String step : key.split("\\.", -1)) {
            if (!(value instanceof Map<?, ?> object)) {
                throw wrong(key.substring(0, Math.max(0, key.lastIndexOf("." + step))), "an object", value);
            }
            value = object.get(step);
            if (value == null) {
                return Optional.empty();
            }
        }
        return Optional.of(value);
    }

    private List<Object> items(String key) {
        return find(key)
                .map(value -> value instanceof List<?> list ? List.<Object>copyOf(list) : List.of(value))
                .orElse(List.of());
    }

    private int asInteger(String key, Object value) {
        if (value instanceof Long number && number == number.intValue()) {
            return number.intValue();
        }
        throw wrong(key, "a whole number below 2^31", value);
    }

    private String asText(String key, Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw wrong(key, "a text", value);
    }

    private int atLeastOne(String key, int value) {
        if (value < 1) {
            throw wrong(key, "at least 1", value);
        }
        return value;
    }

    private <T> T required(String key, String expected, Optional<T> value) {
        return value.orElseThrow(() -> error(source + ": '" + key + "' is missing, expected " + expected));
    }

    private GraftException wrong(String key, String expected, Object found) {
        return error(source + ": '" + key + "' must be " + expected + ", found " + Json.describe(found));
    }

    private static GraftException error(String message) {
        return new GraftException(Issue.error("E_CONFIG", message));
    }

    @Override
    public String toString() {
        return source + " (" + optionalText("model_type").orElse("no model_type") + ")";
    }
}
