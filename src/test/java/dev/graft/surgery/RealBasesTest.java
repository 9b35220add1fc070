package dev.graft.surgery;

import static dev.graft.dsl.Graft.all;
import static dev.graft.dsl.Graft.surgery;
import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.catalog.Methods;
import dev.graft.catalog.ModelShape;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.DType;
import dev.graft.dsl.Role;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans on checkpoints as they are published: the golden ones and the embedded one. */
class RealBasesTest {
    private static final Path HOME = Path.of(System.getProperty("graft.home", "."));

    @Test
    void tiny_llama_has_the_parameters_that_it_was_made_with() {
        InjectionPlan plan = plan(HOME.resolve("samples/checkpoints/tiny-llama"));

        assertThat(plan.base().parameters()).isEqualTo(3_148_224);
        assertThat(plan.base().dtype()).isEqualTo(DType.BF16);
        assertThat(plan.base().shape().tiedHead()).isTrue();
    }

    /** Dimensions as the goldens' README tells them. */
    @ParameterizedTest
    @CsvSource({
        "llama,                3, 4, 2, 16, false, 10000,   -1",
        "llama-bf16,           2, 4, 2, 16, false, 10000,   -1",
        "llama-tied-llama3rope,2, 4, 2, 16, true,  500000,  -1",
        "mistral,              3, 4, 2, 16, false, 10000,    6",
        "qwen2,                3, 4, 2, 14, true,  1000000, -1"
    })
    void golden_bases_are_read(
            String name,
            int layers,
            int heads,
            int keyValueHeads,
            int headDim,
            boolean tied,
            double theta,
            int window) {
        InjectionPlan plan =
                plan(HOME.resolve("src/test/resources/goldens/models").resolve(name));
        ModelShape shape = plan.base().shape();

        assertThat(plan.sites()).hasSize(7 * layers);
        assertThat(shape.layers()).isEqualTo(layers);
        assertThat(shape.heads()).isEqualTo(heads);
        assertThat(shape.keyValueHeads()).isEqualTo(keyValueHeads);
        assertThat(shape.headDim()).isEqualTo(headDim);
        assertThat(shape.tiedHead()).isEqualTo(tied);
        assertThat(shape.rope().orElseThrow().theta()).isEqualTo(theta);
        assertThat(shape.rope().orElseThrow().scaling().isPresent()).isEqualTo(name.contains("llama3rope"));
        assertThat(shape.window().orElse(-1)).isEqualTo(window);
        assertThat(shape.biased()).isEqualTo(name.equals("qwen2") ? Set.of(Role.Q, Role.K, Role.V) : Set.of());
    }

    private static InjectionPlan plan(Path folder) {
        return Surgeon.plan(
                surgery(
                        "adamoe",
                        s -> s.layers(all(), Methods.adaMoe(4, 5, 4, 2)).training(t -> t.length(128))),
                Checkpoint.open(folder));
    }
}
