package dev.graft.codegen;

import static dev.graft.dsl.Graft.all;
import static dev.graft.dsl.Graft.exactly;
import static dev.graft.dsl.Graft.surgery;
import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.catalog.Methods;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Spec;
import dev.graft.dsl.Surgery;
import dev.graft.samples.AdaMoeMixtral;
import dev.graft.samples.AdaMoeMoLora;
import dev.graft.samples.MixedLayers;
import dev.graft.samples.MovT5;
import dev.graft.samples.PerftRouted;
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
                Arguments.of("adamoe", new AdaMoeMoLora(), "samples/checkpoints/tiny-llama"),
                Arguments.of("mixed", new MixedLayers(), "samples/checkpoints/tiny-llama"),
                Arguments.of("mov", new MovT5(), "samples/checkpoints/tiny-t5"),
                Arguments.of("expansion", new AdaMoeMixtral(), "samples/checkpoints/tiny-mixtral"),
                Arguments.of("perft", new PerftRouted(), "samples/checkpoints/tiny-olmoe"),
                Arguments.of("qwen", new SharedExpertSpec(), "src/test/resources/goldens/models/qwen2-moe"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("specs")
    void generated_source_reads_as_committed(String name, Spec spec, String folder) throws IOException {
        // given
        Checkpoint base = Checkpoint.open(HOME.resolve(folder));

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

    /** A dense layer in between, a shared expert, one adapter for each expert of the layers that have some. */
    private static final class SharedExpertSpec implements Spec {
        @Override
        public Surgery define() {
            return surgery("perft-e", s -> {
                s.layers(all().except(exactly(1)), Methods.perftE(Methods.perftParallel(4)));
                s.layers(all(), Methods.lora(2));
                s.training(t -> t.length(128));
            });
        }
    }
}
