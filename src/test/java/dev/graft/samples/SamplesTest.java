package dev.graft.samples;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.translate.TranslateException;
import dev.graft.cli.Main;
import dev.graft.cli.Terminal;
import dev.graft.dsl.Spec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every spec below {@code samples/}, found by its file, is trained for two steps as a user would. */
class SamplesTest {
    private static final Path HOME = Path.of(System.getProperty("graft.home"));
    private static final Path SOURCES = HOME.resolve("samples/src/main/java/dev/graft/samples");

    @TempDir
    private static Path folder;

    private static Path text;

    @BeforeAll
    static void a_page_to_read() throws IOException {
        String play = Files.readString(HOME.resolve("samples/data/shakespeare/validation.txt"));
        text = Files.writeString(folder.resolve("page.txt"), play.substring(0, 3000));
    }

    @ParameterizedTest
    @MethodSource("specs")
    void a_sample_trains(Path source) {
        // given
        Path out = folder.resolve(source.getFileName().toString().replace(".java", ""));

        // when
        String said = graft(
                "run", source, "--data", text, "--validation", text, "--steps", "2", "--threads", "1", "--out", out);

        // then
        assertThat(out)
                .as(said)
                .isDirectoryContaining("glob:**/adapter.safetensors")
                .isDirectoryContaining("glob:**/report.html");
        assertThat(said).contains("validation after step 2: loss ");
    }

    @ParameterizedTest
    @MethodSource("specs")
    void a_sample_is_listed_and_begins_with_a_comment(Path source) throws IOException {
        String name = source.getFileName().toString().replace(".java", "");
        assertThat(Sample.all())
                .extracting(sample -> sample.spec().getClass().getSimpleName())
                .contains(name);
        assertThat(Files.readString(source)).containsPattern("\\*/\npublic final class " + name + " implements Spec");
    }

    @Test
    void every_listed_sample_has_its_file() {
        assertThat(specs()).hasSameSizeAs(Sample.all());
        assertThat(Demo.all())
                .allSatisfy(demo -> assertThat(demo.specs())
                        .isNotEmpty()
                        .allSatisfy(spec -> assertThat(spec.getClass().getPackageName())
                                .as("a demo's spec can be read in the samples")
                                .isEqualTo(Sample.class.getPackageName())));
    }

    @Test
    void a_trained_model_answers_in_a_predictor() throws TranslateException {
        // given
        Path run = folder.resolve("predicted");
        graft("run", "plain-lora", "--data", text, "--steps", "2", "--threads", "1", "--out", run);
        Path base = HOME.resolve("samples/checkpoints/tiny-llama");
        String prompt = "It was a dark night, and the";

        // when
        String line;
        try (LinePredictor lines = new LinePredictor(base, run)) {
            line = lines.complete(prompt);
        }

        // then: the cached decoder of the command line says the same
        String continued = graft(
                "generate", "--base", base, "--adapter", run, "--prompt", prompt, "--tokens", "32", "--stop", "\\n");
        assertThat(line).hasSizeGreaterThan(prompt.length() + 8).isEqualTo(prompt + continued.stripTrailing());
    }

    static List<Path> specs() {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> source(file).contains(" implements " + Spec.class.getSimpleName()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String source(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a command that must succeed says. */
    private static String graft(Object... words) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        int exitCode = Main.run(
                new Terminal(stream, stream, false),
                Arrays.stream(words).map(Object::toString).toArray(String[]::new));
        assertThat(exitCode).as(said.toString(StandardCharsets.UTF_8)).isZero();
        return said.toString(StandardCharsets.UTF_8);
    }
}
