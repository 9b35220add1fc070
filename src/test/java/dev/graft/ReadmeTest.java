package dev.graft;

import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.codegen.GeneratedSources;
import dev.graft.codegen.ModelEmitter;
import dev.graft.codegen.SourceCompiler;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Surgeon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the README shows is what Graft does. */
class ReadmeTest {
    private static final Path HOME = Path.of(System.getProperty("graft.home"));
    private static final Pattern BLOCK = Pattern.compile(
            "<!-- (file|plan of|source of|problem of): (\\S+) -->\n```(?:java)?\n(.*?)```", Pattern.DOTALL);

    private final Map<String, String> files = new TreeMap<>();
    private final Map<String, String> shown = new TreeMap<>();
    private InjectionPlan plan;

    @BeforeEach
    void read() throws Exception {
        Matcher blocks = BLOCK.matcher(readme());
        while (blocks.find()) {
            (blocks.group(1).equals("file") ? files : shown)
                    .put(blocks.group(1).equals("file") ? blocks.group(2) : blocks.group(1), blocks.group(3));
        }
        ClassLoader classes = SourceCompiler.compile(files, List.of("-Xlint:all", "-Werror"));
        Spec spec = (Spec) classes.loadClass("MySpec").getDeclaredConstructor().newInstance();
        plan = Surgeon.plan(spec.define(), Checkpoint.open(HOME.resolve("samples/checkpoints/tiny-llama")));
    }

    private static String readme() throws IOException {
        return Files.readString(HOME.resolve("README.md"));
    }

    @Test
    void its_files_compile_and_its_plan_test_passes() throws Exception {
        assertThat(files).containsOnlyKeys("MySpec.java", "MySpecTest.java");
        dev.graft.assertj.GraftAssertions.assertThat(plan)
                .injectsInto("model.layers.*.self_attn.q_proj", "model.layers.*.self_attn.v_proj")
                .doesNotTouch("model.layers.*.self_attn.k_proj", "lm_head.**")
                .trainsLessThan(dev.graft.assertj.GraftAssertions.percent(12))
                .startsExactly();
    }

    @Test
    void its_plan_is_the_beginning_of_the_real_one() {
        assertThat(plan.explain()).startsWith(shown.get("plan of"));
    }

    @Test
    void its_problem_is_reported_in_these_words() {
        Surgery tooDeep = surgery("too-deep", s -> {
            s.layers(range(4, 9), layer -> layer.attention(a -> a.on(Q).lora(8)));
            s.training(t -> t.length(64));
        });
        assertThatThrownBy(() -> Surgeon.plan(tooDeep, Checkpoint.open(HOME.resolve("samples/checkpoints/tiny-llama"))))
                .hasMessageContaining(java.util.Objects.requireNonNull(shown.get("problem of"))
                        .strip());
    }

    @Test
    void its_generated_lines_stand_in_the_real_source() {
        GeneratedSources sources = new ModelEmitter("com.example").emit(plan);
        assertThat(sources.files().get("src/main/java/com/example/MyExpertsModel.java"))
                .contains(shown.get("source of"));
    }

    @Test
    void its_test_command_is_the_one_that_ci_runs() throws IOException {
        assertThat(Files.readString(HOME.resolve(".ci/run"))).contains("\nmvn -B verify\n");
        assertThat(readme()).contains("    mvn -B verify ");
    }
}
