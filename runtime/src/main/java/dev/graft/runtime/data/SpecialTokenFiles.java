package dev.graft.runtime.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gathers the special tokens from the files that may name them. */
final class SpecialTokenFiles {
    private static final List<String> ROLES =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    private final Path folder;
    private final Tokenizer tokenizer;
    private final JsonNode config;
    private final JsonNode generation;

    SpecialTokenFiles(Path folder, Tokenizer tokenizer) {
        this.folder = folder;
        this.tokenizer = tokenizer;
        this.config = FolderJson.read(folder.resolve("config.json"));
        this.generation = FolderJson.read(folder.resolve("generation_config.json"));
    }

    SpecialTokens read() {
        Map<String, String> texts = texts();
        Set<Integer> eos = firstNonEmpty(
                ids(config, "eos_token_id"), ids(generation, "eos_token_id"), idOf(texts.get("eos_token")));
        Set<Integer> bos = firstNonEmpty(
                ids(config, "bos_token_id"), ids(generation, "bos_token_id"), idOf(texts.get("bos_token")));
        Set<Integer> stops = new LinkedHashSet<>(firstNonEmpty(ids(generation, "eos_token_id"), eos, Set.of()));
        eos.stream().limit(1).forEach(stops::add);
        nameById(texts, "eos_token", eos);
        nameById(texts, "bos_token", bos);
        return new SpecialTokens(first(bos), first(eos), decoderStart(), stops, texts);
    }

    /** Texts as {@code tokenizer_config.json} and the older {@code special_tokens_map.json} give them. */
    private Map<String, String> texts() {
        JsonNode newer = FolderJson.read(folder.resolve("tokenizer_config.json"));
        JsonNode older = FolderJson.read(folder.resolve("special_tokens_map.json"));
        Map<String, String> texts = new LinkedHashMap<>();
        for (String role : ROLES) {
            for (JsonNode file : List.of(older, newer)) {
                JsonNode token = file.path(role);
                JsonNode text = token.isObject() ? token.path("content") : token;
                if (text.isTextual()) {
                    texts.put(role, text.asText());
                }
            }
        }
        return texts;
    }

    /** Without one of its own, a decoder starts with the padding token, as T5's does. */
    private OptionalInt decoderStart() {
        return config.path("is_encoder_decoder").asBoolean()
                ? first(firstNonEmpty(
                        ids(config, "decoder_start_token_id"),
                        ids(generation, "decoder_start_token_id"),
                        ids(config, "pad_token_id")))
                : OptionalInt.empty();
    }

    private void nameById(Map<String, String> texts, String role, Set<Integer> ids) {
        if (!texts.containsKey(role)) {
            ids.stream().limit(1).forEach(id -> texts.put(role, tokenizer.decode(new int[] {id}, false)));
        }
    }

    private Set<Integer> ids(JsonNode file, String key) {
        Set<Integer> ids = new LinkedHashSet<>();
        JsonNode value = file.path(key);
        (value.isArray() ? value : List.of(value)).forEach(id -> {
            if (id.isIntegralNumber()) {
                ids.add(checked(key, id.asInt()));
            }
        });
        return ids;
    }

    private int checked(String key, int id) {
        if (id < 0 || id >= tokenizer.vocabularySize()) {
            throw new GraftException(Issue.error(
                            "E_TOKENIZER",
                            folder + " names " + key + " " + id + ", but its tokenizer has the ids 0 to "
                                    + (tokenizer.vocabularySize() - 1))
                    .withFix("use the tokenizer that belongs to this checkpoint"));
        }
        return id;
    }

    private Set<Integer> idOf(@Nullable String text) {
        if (text == null) {
            return Set.of();
        }
        int[] ids = tokenizer.encode(text, false);
        return ids.length == 1 ? Set.of(ids[0]) : Set.of();
    }

    private static Set<Integer> firstNonEmpty(Set<Integer> a, Set<Integer> b, Set<Integer> c) {
        return !a.isEmpty() ? a : !b.isEmpty() ? b : c;
    }

    private static OptionalInt first(Set<Integer> ids) {
        return ids.stream().mapToInt(Integer::intValue).findFirst();
    }
}
