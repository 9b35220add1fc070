package dev.graft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.codegen.SourceCompiler;
import dev.graft.dsl.Spec;
import dev.graft.surgery.InjectionPlan;
import dev.graft.surgery.Surgeon;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every spec of the methods' pages compiles and can be planned, and the plans that they show are the real ones. */
class DocsTest {
    private static final Path HOME = Path.of(System.getProperty("graft.home"));
    private static final Pattern BLOCK =
            Pattern.compile("<!-- (file|plan of): (\\w+)\\.java -->\n```(?:java)?\n(.*?)```", Pattern.DOTALL);

    @ParameterizedTest
    @ValueSource(strings = {"adamoe.md", "mov-molora.md", "perft.md"})
    void what_a_page_shows_is_what_graft_does(String page) throws Exception {
        String text = Files.readString(HOME.resolve("docs").resolve(page));
        Map<String, String> files = new LinkedHashMap<>();
        Map<String, InjectionPlan> plans = new LinkedHashMap<>();
        List<MatchResult> blocks = BLOCK.matcher(text).results().toList();
        for (MatchResult block : blocks) {
            if (block.group(1).equals("file")) {
                files.put(block.group(2) + ".java", block.group(3));
            }
        }

        ClassLoader classes = SourceCompiler.compile(files, List.of("-Xlint:all", "-Werror"));
        for (String file : files.keySet()) {
            String name = file.replace(".java", "");
            Spec spec = (Spec) classes.loadClass(name).getDeclaredConstructor().newInstance();
            Path base = HOME.resolve("samples/checkpoints").resolve(spec.base().orElseThrow());
            plans.put(name, Surgeon.plan(spec.define(), Checkpoint.open(base)));
        }

        assertThat(plans).hasSize(2);
        for (MatchResult block : blocks) {
            if (block.group(1).equals("plan of")) {
                assertThat(plans).containsKey(block.group(2));
                InjectionPlan plan = Objects.requireNonNull(plans.get(block.group(2)));
                assertThat(plan.explain()).contains(block.group(3));
            }
        }
    }
}
