package dev.graft.surgery.peft;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.graft.checkpoint.FileProblem;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/** Reads {@code adapter_config.json}. What would change the adapter's function and Graft can't express is refused by name. */
final class PeftConfigReader {
    private static final long MOST_BYTES = 16L << 20;

    /** PEFT's own for {@code r} and {@code lora_alpha}. */
    private static final int DEFAULT = 8;

    /** What is read, and what says how an adapter was made or is used and not what it computes. */
    private static final Set<String> UNDERSTOOD = Set.of(
            "peft_type",
            "task_type",
            "r",
            "lora_alpha",
            "lora_dropout",
            "use_rslora",
            "rank_pattern",
            "alpha_pattern",
            "init_lora_weights",
            // the tensors themselves say where they belong
            "target_modules",
            "exclude_modules",
            "feedforward_modules",
            "layers_to_transform",
            "layers_pattern",
            "auto_mapping",
            "base_model_name_or_path",
            "revision",
            "peft_version",
            "inference_mode",
            "init_ia3_weights",
            "eva_config",
            "corda_config",
            "lora_ga_config",
            "loftq_config",
            "velora_config",
            "ensure_weight_tying",
            "megatron_core",
            "qalora_group_size",
            "runtime_config");

    private static final Map<String, String> MEANINGS = Map.ofEntries(
            Map.entry("modules_to_save", "whole modules are replaced"),
            Map.entry("bias", "biases of the base are trained"),
            Map.entry("lora_bias", "B has a bias"),
            Map.entry("use_dora", "DoRA normalises the adapted weight"),
            Map.entry("fan_in_fan_out", "the base's weights are stored as [in, out]"),
            Map.entry("layer_replication", "layers are repeated"),
            Map.entry("target_parameters", "parameters that are no linear map are adapted, as in stacked experts"),
            Map.entry("trainable_token_indices", "rows of the embedding are trained"),
            Map.entry("alora_invocation_tokens", "the adapter is off until certain tokens (aLoRA)"),
            Map.entry("arrow_config", "a router mixes several adapters (Arrow)"),
            Map.entry(
                    "kasa_config", "singular values stand between A and B, and the base's weights are changed (KaSA)"));

    /** Values of {@code init_lora_weights} that leave the base's weights as they are. */
    private static final Set<String> STARTS = Set.of("true", "false", "gaussian", "eva", "orthogonal");

    private static final Set<String> TASKS = Set.of("CAUSAL_LM", "SEQ_2_SEQ_LM");

    private final Path file;
    private final JsonNode json;
    private final Issues issues = new Issues();

    private PeftConfigReader(Path file, JsonNode json) {
        this.file = file;
        this.json = json;
    }

    /** @throws GraftException {@code E_PEFT} with everything in it that Graft can't read or express */
    static PeftConfig read(Path file) {
        return new PeftConfigReader(file, tree(file)).config();
    }

    private static JsonNode tree(Path file) {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new GraftException(Issue.error("E_LIMIT", file + ": it has more than " + MOST_BYTES + " bytes"));
            }
            JsonNode json = JsonMapper.builder().build().readTree(file.toFile());
            if (!json.isObject()) {
                throw new GraftException(Issue.error("E_JSON", file + ": this is no JSON object"));
            }
            return json;
        } catch (JsonProcessingException e) {
            throw new GraftException(Issue.error("E_JSON", file + ": " + e.getOriginalMessage()), e);
        } catch (NoSuchFileException e) {
            throw new GraftException(
                    Issue.error("E_NOT_FOUND", file + ": PEFT's configuration of the adapter is missing")
                            .withFix("name the folder that PEFT's save_pretrained wrote"),
                    e);
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
    }

    private PeftConfig config() {
        String type = json.path("peft_type").asText("");
        if (!type.equals("LORA") && !type.equals("IA3")) {
            throw new GraftException(Issue.error(
                            "E_PEFT", file + ": peft_type is '" + type + "'; Graft reads LORA and IA3")
                    .withFix("merge it with PEFT's merge_and_unload and take the merged checkpoint as the base"));
        }
        json.properties().forEach(field -> check(field.getKey(), field.getValue()));
        checkWord("task_type", TASKS, "the model must be a language model with its own head");
        checkWord(
                "init_lora_weights",
                STARTS,
                "this start changes the base's weights, so the adapter fits no checkpoint");
        PeftConfig.Kind kind = PeftConfig.Kind.valueOf(type);
        PeftConfig config = new PeftConfig(
                file,
                kind,
                json.hasNonNull("r") ? (int) rank("r", json.get("r")) : DEFAULT,
                number("lora_alpha", DEFAULT),
                json.path("use_rslora").asBoolean(false),
                number("lora_dropout", 0),
                patterns("rank_pattern", this::rank),
                patterns("alpha_pattern", this::number));
        issues.throwIfErrors();
        return config;
    }

    private void check(String key, JsonNode value) {
        if (UNDERSTOOD.contains(key) || isOff(value)) {
            return;
        }
        String meaning = MEANINGS.getOrDefault(key, "this version does not know what it changes");
        issues.add(refusal(key, value, meaning));
    }

    private static boolean isOff(JsonNode value) {
        return value.isNull()
                || (value.isContainerNode() && value.isEmpty())
                || (value.isBoolean() && !value.booleanValue())
                || (value.isTextual() && value.textValue().equals("none"));
    }

    private void checkWord(String key, Set<String> known, String otherwise) {
        JsonNode value = json.path(key);
        if (!value.isMissingNode() && !value.isNull() && !known.contains(value.asText())) {
            issues.add(refusal(key, value, otherwise));
        }
    }

    private Issue refusal(String key, JsonNode value, String meaning) {
        return Issue.error("E_PEFT", file + ": " + key + " is " + value + ": " + meaning)
                .withFix("merge it with PEFT's merge_and_unload and take the merged checkpoint as the base, or train"
                        + " without " + key);
    }

    private double number(String key, double fallback) {
        return json.hasNonNull(key) ? number(key, json.get(key)) : fallback;
    }

    private double number(String key, JsonNode value) {
        require(value.isNumber() && Double.isFinite(value.asDouble()), key, value, "a number");
        return value.asDouble();
    }

    private double rank(String key, JsonNode value) {
        require(value.isInt() && value.intValue() > 0, key, value, "a whole number above 0");
        return value.asInt();
    }

    private void require(boolean holds, String key, JsonNode value, String expected) {
        if (!holds) {
            issues.add(Issue.error("E_PEFT", file + ": " + key + " is " + value + ", expected " + expected));
        }
    }

    private ModulePatterns patterns(String key, BiFunction<String, JsonNode, Double> reading) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        json.path(key).properties().forEach(entry -> numbers.put(entry.getKey(), reading.apply(key, entry.getValue())));
        return new ModulePatterns(file + ": " + key, numbers);
    }
}
