package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.runtime.data.QuestionSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every comparison among the samples compiles, finds its data, and can be planned. */
class SampleComparisonsTest {
    private static final Path FOLDER = Path.of(System.getProperty("graft.home"), "samples", "comparisons");

    @TestFactory
    Stream<DynamicTest> can_be_planned() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            List<Path> all = files.sorted().toList();
            assertThat(all).hasSizeGreaterThan(5);
            return all.stream()
                    .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> plan(file)));
        }
    }

    @Test
    void a_comparison_says_whether_questions_are_learnt_as_a_cloze() {
        ComparisonFile cloze = load(FOLDER.resolve("ArcEasyCloze.java"), "tiny-llama");
        ComparisonFile labels = load(FOLDER.resolve("ArcEasy.java"), "tiny-llama");

        assertThat(List.of(cloze.training(), cloze.validation()))
                .extracting(data -> data.spec().form())
                .containsOnly(QuestionSpec.Form.CLOZE);
        assertThat(labels.training().spec().form()).isEqualTo(QuestionSpec.Form.LABELS);
    }

    private static ComparisonFile load(Path file, @Nullable String base) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        return ComparisonFile.load(file, base, new Overrides(), new Terminal(nowhere, nowhere, false));
    }

    private static void plan(Path file) throws IOException {
        // what is downloaded otherwise has the architecture of this one
        String base = Files.readString(file).contains("ReasoningComparison") ? "tiny-llama" : null;

        ComparisonFile comparison = load(file, base);

        assertThat(comparison.plans())
                .hasSizeGreaterThan(1)
                .allSatisfy((spec, plans) -> assertThat(plans)
                        .isNotEmpty()
                        .allSatisfy(plan -> assertThat(plan.leaves()).isNotEmpty()));
    }
}
