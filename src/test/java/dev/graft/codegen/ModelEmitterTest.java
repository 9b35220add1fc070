package dev.graft.codegen;

import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.graft.catalog.Methods;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Block;
import dev.graft.dsl.LayerSpec;
import dev.graft.dsl.Merge;
import dev.graft.dsl.RouterInit;
import dev.graft.dsl.RouterInput;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.SurgerySpec;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ModelEmitterTest {
    private static final Path HOME = Path.of(System.getProperty("graft.home"));
    private static final Path MODELS = HOME.resolve("src/test/resources/goldens/models");

    private static Map<String, Block<LayerSpec>> methods() {
        Map<String, Block<LayerSpec>> methods = new LinkedHashMap<>();
        methods.put("lora", Methods.lora(4));
        methods.put("ia3", Methods.ia3());
        methods.put("molora", Methods.moLora(3));
        methods.put("mov", Methods.mov(3));
        methods.put("adamoe", Methods.adaMoe(4, 5, 4));
        methods.put(
                "molora-factors",
                layer -> layer.attention(a -> a.on(Q, V)
                        .mixture(3, e -> e.lora(2))
                        .router(topK(2).merge(Merge.FACTORS).balance(constant(0.01)))));
        methods.put(
                "molora-sentence",
                layer -> layer.attention(a -> a.on(O).mixture(3, e -> e.lora(2)).router(soft().perSentence())));
        methods.put(
                "identity-nulls",
                layer -> layer.attention(a -> a.on(O)
                        .mixture(3, e -> e.lora(2, l -> l.dropout(0.1)))
                        .router(topK(2).identityNulls(3).balance(anneal(0.02, 0.001)))));
        return methods;
    }

    static Stream<Arguments> matrix() {
        return Stream.of(dense(), moe(), encoderDecoder()).flatMap(cases -> cases);
    }

    private static Stream<Arguments> dense() {
        return Stream.of("llama", "llama-tied-llama3rope", "mistral", "qwen2")
                .flatMap(model -> methods().entrySet().stream()
                        // its O is 64 to 48: identity nulls need a square map
                        .filter(method -> !(model.equals("llama-tied-llama3rope")
                                && method.getKey().equals("identity-nulls")))
                        .map(method -> Arguments.of(model, method.getKey(), everywhere(method.getValue()))));
    }

    private static Stream<Arguments> moe() {
        Map<String, Block<LayerSpec>> methods = new LinkedHashMap<>();
        methods.put("lora", Methods.lora(2));
        methods.put("expansion", Methods.adaMoeExpansion(8, 3, 2));
        methods.put(
                "expansion-drawn",
                layer -> layer.moe(moe -> moe.router(r -> r.nullExperts(3)
                        .nullRows(RouterInit.NORMAL)
                        .topK(3)
                        .lora(2)
                        .balance(constant(0.01)))));
        methods.put(
                "frozen-router",
                layer -> layer.moe(moe -> {
                    moe.router(r -> r.topK(1).keepBalance());
                    moe.on(DOWN).lora(2, l -> l.dropout(0.1));
                }));
        methods.put("perft-r", Methods.perftR(4, 2, Methods.perftLora(2)));
        methods.put("perft-r-host", Methods.perftRHostScaled(4, 2, Methods.perftParallel(2)));
        methods.put("perft-e", Methods.perftE(Methods.perftParallel(2)));
        methods.put("perft-d", Methods.perftD(3, Methods.perftLora(2)));
        methods.put("perft-s", Methods.perftS(Methods.perftParallel(2)));
        return Stream.of("mixtral", "olmoe", "qwen2-moe")
                .flatMap(model -> methods.entrySet().stream()
                        .map(method -> Arguments.of(model, method.getKey(), whereMoe(model, method.getValue()))));
    }

    private static Stream<Arguments> encoderDecoder() {
        Map<String, Block<SurgerySpec>> methods = new LinkedHashMap<>();
        methods.put("lora", s -> s.encoder(all(), Methods.lora(2)).decoder(last(1), Methods.lora(2)));
        methods.put("mov", Methods.movOnT5(3, soft()));
        methods.put("mov-per-head", Methods.movOnT5(3, soft().input(RouterInput.PROJECTED_PER_HEAD)));
        methods.put("molora", Methods.moLoraOnT5(3, 2, 16, topK(2)));
        methods.put("molora-sentence", Methods.moLoraOnT5(3, 2, 16, soft().perSentence()));
        methods.put(
                "cross-only",
                s -> s.decoder(
                        every(2),
                        layer -> layer.crossAttention(a -> a.on(Q, K, V, O).lora(2))));
        return methods.entrySet().stream().map(method -> Arguments.of("t5-v1.1", method.getKey(), method.getValue()));
    }

    private static Block<SurgerySpec> everywhere(Block<LayerSpec> fragment) {
        return s -> s.layers(all(), fragment);
    }

    /** Layer 1 of qwen2-moe is dense. */
    private static Block<SurgerySpec> whereMoe(String model, Block<LayerSpec> fragment) {
        return s -> s.layers(model.equals("qwen2-moe") ? all().except(exactly(1)) : all(), fragment);
    }

    @ParameterizedTest(name = "{1} on {0}")
    @MethodSource("matrix")
    void compiles_without_a_warning_and_is_the_same_every_time(
            String model, String method, Block<SurgerySpec> fragment) {
        // given
        Checkpoint base = Checkpoint.open(MODELS.resolve(model));
        Surgery surgery = surgery(method, s -> {
            fragment.accept(s);
            s.training(t -> t.length(64));
        });
        InjectionPlan plan = Surgeon.plan(surgery, base);
        String name = "com.example." + model.replaceAll("[^a-z0-9]", "");

        // when
        GeneratedSources sources = new ModelEmitter(name).emit(plan);

        // then
        assertThat(new ModelEmitter(name).emit(plan)).isEqualTo(sources);
        assertThatCode(() -> SourceCompiler.compile(sources.java(), List.of("-Xlint:all", "-Werror")))
                .doesNotThrowAnyException();
        sources.java()
                .forEach((path, text) -> assertThat(text.lines())
                        .as(path)
                        // two stacks of layers are two models' worth of methods
                        .hasSizeLessThan(model.startsWith("t5") ? 450 : 400)
                        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(120)));
    }

    @Test
    void layers_that_differ_share_what_they_have_in_common() {
        // given
        Surgery surgery = surgery("alternating", s -> {
            s.layers(every(2), layer -> layer.attention(a -> a.on(Q).lora(2)));
            s.layers(every(2, 1), layer -> layer.attention(a -> a.on(Q).lora(4)));
            s.training(t -> t.length(64));
        });

        // when
        GeneratedSources sources =
                new ModelEmitter("com.example").emit(Surgeon.plan(surgery, Checkpoint.open(MODELS.resolve("llama"))));

        // then
        String model = sources.files().get("src/main/java/com/example/AlternatingModel.java");
        assertThat(model)
                .contains("NDArray layerWithLoraOnQ(", "NDArray layerWithLoraOnQFrom1(")
                .containsOnlyOnce("private NDArray ffn(");
    }
}
