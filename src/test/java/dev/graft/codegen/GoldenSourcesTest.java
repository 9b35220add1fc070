package dev.graft.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Spec;
import dev.graft.samples.AdaMoeMoLora;
import dev.graft.samples.MixedLayers;
import dev.graft.samples.MovDecoder;
import dev.graft.surgery.Surgeon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The generated source, as a reader sees it: {@code src/test/golden/java} is compiled with the tests. {@code
 * -Dgraft.recreate=true} writes it anew; what differs is left in {@code target/golden-actual}.
 */
class GoldenSourcesTest {
    private static final Path HOME = Path.of(System.getProperty("graft.home"));
    private static final Path GOLDEN = HOME.resolve("src/test/golden/java");
    private static final Path ACTUAL = HOME.resolve("target/golden-actual");
    private static final boolean RECREATE = Boolean.getBoolean("graft.recreate");

    static Stream<Arguments> specs() {
        return Stream.of(
                Arguments.of("adamoe", new AdaMoeMoLora()),
                Arguments.of("mixed", new MixedLayers()),
                Arguments.of("mov", new MovDecoder()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("specs")
    void generated_source_reads_as_committed(String name, Spec spec) throws IOException {
        // given
        Checkpoint base = Checkpoint.open(HOME.resolve("samples/checkpoints/tiny-llama"));

        // when
        GeneratedSources sources = new ModelEmitter("golden." + name).emit(Surgeon.plan(spec.define(), base));

        // then
        for (Map.Entry<String, String> file : sources.java().entrySet()) {
            String path = file.getKey().substring("src/main/java/".length());
            String actual = withoutHashes(file.getValue());
            if (RECREATE) {
                write(GOLDEN.resolve(path), actual);
            }
            write(ACTUAL.resolve(path), actual);
            assertThat(GOLDEN.resolve(path))
                    .as("compare with %s; refresh with -Dgraft.recreate=true", ACTUAL.resolve(path))
                    .hasContent(actual);
        }
    }

    /** Hashes change with every field of a plan; the source is what is held here. */
    private static String withoutHashes(String source) {
        return source.replaceAll("[0-9a-f]{64}", "0".repeat(64));
    }

    private static void write(Path path, String text) throws IOException {
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
