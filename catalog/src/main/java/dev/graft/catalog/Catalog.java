package dev.graft.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.NearestNames;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The architectures that Graft knows, by {@code model_type}. */
public final class Catalog {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Map<String, Architecture> byModelType;

    private Catalog(Map<String, Architecture> byModelType) {
        this.byModelType = Collections.unmodifiableMap(byModelType);
    }

    /** Every JSON file beside this class. */
    public static Catalog standard() {
        return Standard.CATALOG;
    }

    /** This catalog and one more architecture, which replaces the one of its {@code model_type}. */
    public Catalog with(Architecture architecture) {
        Map<String, Architecture> more = new TreeMap<>(byModelType);
        more.put(architecture.modelType(), architecture);
        return new Catalog(more);
    }

    /** The known {@code model_type}s, sorted. */
    public Set<String> modelTypes() {
        return byModelType.keySet();
    }

    /** @throws GraftException {@code E_ARCHITECTURE} for an unknown {@code model_type} */
    public Architecture architecture(String modelType) {
        Architecture known = byModelType.get(modelType);
        if (known == null) {
            throw new GraftException(Issue.error(
                            "E_ARCHITECTURE",
                            "config.json's model_type '" + modelType + "' is unknown; known are "
                                    + String.join(", ", modelTypes()))
                    .withCandidates(NearestNames.of(modelType, modelTypes()))
                    .withFix("a dense Llama-like architecture is one JSON file in the catalog and no Java"));
        }
        return known;
    }

    /**
     * An architecture from its JSON; strict: every field must be there, and none more.
     *
     * @param source named in the message
     * @throws GraftException {@code E_CATALOG}
     */
    static Architecture parse(String source, String json) {
        try {
            return JSON.readValue(json, Architecture.class);
        } catch (JsonProcessingException e) {
            throw new GraftException(Issue.error("E_CATALOG", source + ": " + e.getOriginalMessage()), e);
        }
    }

    /** Loaded on first use. */
    private static final class Standard {
        static final Catalog CATALOG = load();

        private static Catalog load() {
            Map<String, Architecture> found = new TreeMap<>();
            CatalogFiles.all().forEach((file, json) -> {
                Architecture architecture = parse(file, json);
                found.put(architecture.modelType(), architecture);
            });
            return new Catalog(found);
        }
    }
}
