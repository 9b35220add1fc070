package dev.graft.surgery;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.LayerSelector;
import dev.graft.dsl.Optimizer;
import dev.graft.dsl.Schedule;
import dev.graft.dsl.Selection;
import dev.graft.issue.CallSite;

/**
 * How spec and plan look in JSON, kept out of their records: closed choices carry their {@code kind}, a call site is
 * {@code MySpec.java:17}. Strict in reading: a field too many or too few is an error.
 */
final class JsonForms {
    private JsonForms() {}

    static JsonMapper.Builder mapper() {
        return JsonMapper.builder()
                .addModule(new Jdk8Module())
                .addModule(new SimpleModule().addDeserializer(CallSite.class, new CallSiteReader()))
                .addMixIn(CallSite.class, AsText.class)
                .addMixIn(LayerSelector.class, LayerSelectors.class)
                .addMixIn(Adapter.class, Adapters.class)
                .addMixIn(Selection.class, Selections.class)
                .addMixIn(Schedule.class, Schedules.class)
                .addMixIn(Optimizer.class, Optimizers.class)
                .addMixIn(Leaf.Init.class, Inits.class)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
                .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS);
    }

    /** The same with sorted fields and no white space: what is hashed. */
    static JsonMapper canonical() {
        return mapper().enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
                .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                .build();
    }

    private interface AsText {
        @Override
        @JsonValue
        String toString();
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = LayerSelector.All.class, name = "all"),
        @JsonSubTypes.Type(value = LayerSelector.Range.class, name = "range"),
        @JsonSubTypes.Type(value = LayerSelector.First.class, name = "first"),
        @JsonSubTypes.Type(value = LayerSelector.Last.class, name = "last"),
        @JsonSubTypes.Type(value = LayerSelector.Every.class, name = "every"),
        @JsonSubTypes.Type(value = LayerSelector.Exactly.class, name = "exactly"),
        @JsonSubTypes.Type(value = LayerSelector.Described.class, name = "described"),
        @JsonSubTypes.Type(value = LayerSelector.Except.class, name = "except")
    })
    private interface LayerSelectors {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Adapter.Lora.class, name = "lora"),
        @JsonSubTypes.Type(value = Adapter.Ia3.class, name = "ia3"),
        @JsonSubTypes.Type(value = Adapter.Parallel.class, name = "parallel"),
        @JsonSubTypes.Type(value = Adapter.Unchanged.class, name = "unchanged")
    })
    private interface Adapters {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Selection.Soft.class, name = "soft"),
        @JsonSubTypes.Type(value = Selection.Pretrained.class, name = "pretrained"),
        @JsonSubTypes.Type(value = Selection.TopK.class, name = "topK"),
        @JsonSubTypes.Type(value = Selection.TopP.class, name = "topP")
    })
    private interface Selections {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Schedule.AsPretrained.class, name = "asPretrained"),
        @JsonSubTypes.Type(value = Schedule.Constant.class, name = "constant"),
        @JsonSubTypes.Type(value = Schedule.PerEpoch.class, name = "perEpoch"),
        @JsonSubTypes.Type(value = Schedule.LinearOverRun.class, name = "linearOverRun")
    })
    private interface Schedules {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Optimizer.AdamW.class, name = "adamW"),
        @JsonSubTypes.Type(value = Optimizer.Adafactor.class, name = "adafactor")
    })
    private interface Optimizers {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Leaf.Init.Normal.class, name = "normal"),
        @JsonSubTypes.Type(value = Leaf.Init.Uniform.class, name = "uniform"),
        @JsonSubTypes.Type(value = Leaf.Init.Fill.class, name = "fill"),
        @JsonSubTypes.Type(value = Leaf.Init.Pretrained.class, name = "pretrained")
    })
    private interface Inits {}
}
