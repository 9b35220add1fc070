package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareCommandTest {
    private static final String LORA =
            "surgery(\"lora\", s -> { s.layers(all(), l -> l.attention(a -> a.on(Q).lora(2))); tiny(s); })";
    private static final String NULLS =
            "surgery(\"nulls\", s -> { s.layers(all(), l -> l.moe(m -> m.router(r -> r.nullExperts(8).topK(3).lora(2)"
                    + ".balance(constant(0.01))))); tiny(s); })";

    @TempDir
    private Path folder;

    @BeforeEach
    void a_page_to_read() throws IOException {
        Path play = Path.of(System.getProperty("graft.home"), "samples/data/shakespeare/validation.txt");
        Files.writeString(folder.resolve("page.txt"), Files.readString(play).substring(0, 3000));
    }

    @Test
    void trains_every_spec_with_every_seed_and_ends_in_a_table() throws IOException {
        Graft compared = compare("return List.of(" + LORA + ", " + NULLS + ");");

        assertThat(compared.exitCode()).as(compared.err()).isZero();
        assertThat(compared.out())
                .contains("run 1 of 4: lora-seed1-", "run 4 of 4: nulls-seed2-")
                .containsPattern("untouched +\\d\\.\\d{4} ")
                .containsPattern("lora +\\d\\.\\d{4} ± \\d\\.\\d{4} ")
                .containsPattern("nulls +\\d\\.\\d{4} ± \\d\\.\\d{4} ");
        assertThat(results().resolve("comparison.md")).content().contains("| validation loss |", "\n| lora | ");
        assertThat(results().resolve("report.html"))
                .content()
                .contains("MyComparison", "Validation loss", "series1")
                .doesNotContain("http", "<script");
    }

    @Test
    void the_table_is_made_of_the_runs_own_figures() throws IOException {
        compare("return List.of(" + NULLS + ");");

        JsonNode nulls = new ObjectMapper()
                .readTree(results().resolve("comparison.json").toFile())
                .path("specs")
                .path(0);
        double first = loss(runs().get(0));
        double second = loss(runs().get(1));
        assertThat(nulls.path("loss").path("mean").asDouble()).isEqualTo((first + second) / 2);
        assertThat(nulls.path("loss").path("deviation").asDouble())
                .isCloseTo(Math.abs(first - second) / Math.sqrt(2), org.assertj.core.data.Offset.offset(1e-12));
    }

    @Test
    void the_same_command_runs_nothing_twice_and_another_setting_runs_anew() throws IOException {
        Graft once = compare("return List.of(" + LORA + ");");
        List<Path> runs = runs();
        Graft twice = compare("return List.of(" + LORA + ");");

        assertThat(twice.out().lines().filter(line -> line.equals("it is there already")))
                .hasSize(2);
        assertThat(twice.out().lines().filter(line -> line.contains("±")).toList())
                .isEqualTo(once.out().lines().filter(line -> line.contains("±")).toList());
        assertThat(runs()).isEqualTo(runs);

        compare("return List.of(" + LORA + ");", "--lr", "0.01");
        assertThat(runs()).hasSize(4).containsAll(runs);
    }

    @Test
    void every_model_is_asked_the_held_out_questions_of_the_tasks_once() throws IOException {
        Path tasks = Path.of(System.getProperty("graft.home"), "samples/data/shakespeare");
        String asking = "return List.of(" + LORA + "); } public java.util.Optional<String> tasks() { return"
                + " java.util.Optional.of(\"" + tasks + "\"); } public int questions() { return 5;";

        Graft compared = compare(asking);

        assertThat(compared.exitCode()).as(compared.err()).isZero();
        assertThat(compared.out())
                .containsPattern("perplexity +accuracy +load")
                .containsPattern("untouched +\\d\\.\\d{4} +\\d+\\.\\d +\\d+\\.\\d% ")
                .containsPattern("lora +\\d\\.\\d{4} ± \\d\\.\\d{4} +\\d+\\.\\d +\\d+\\.\\d ± \\d+\\.\\d% ");
        JsonNode table =
                new ObjectMapper().readTree(results().resolve("comparison.json").toFile());
        assertThat(table.at("/specs/0/accuracy/values/0").asDouble())
                .isEqualTo(100 * evaluated(tasks, "--adapter", adapted(1)));
        assertThat(table.at("/untouched/accuracy").asDouble()).isEqualTo(100 * evaluated(tasks));

        Path scores = scores(adapted(1)).get(0);
        Files.writeString(scores, "[{\"name\": \"accuracy\", \"unit\": \"SHARE\", \"value\": 0.25}]");
        assertThat(compare(asking, "--seed", "1").out()).containsPattern("lora .* 25\\.0% ");

        compare(asking.replace("return 5;", "return 6;"), "--seed", "1");
        assertThat(runs()).as("other questions train nothing anew").hasSize(3);
        assertThat(scores(adapted(1))).as("but are asked").hasSize(2);
    }

    @Test
    void every_model_is_asked_the_questions_of_the_test_in_three_forms() throws IOException {
        Path test = Path.of(System.getProperty("graft.home"), "samples/data/reasoning/openbookqa-test.json");
        String asking = "return List.of(" + LORA + "); } public java.util.Optional<String> test() { return"
                + " java.util.Optional.of(\"" + test + "\"); } public int questions() { return 6;";

        Graft compared = compare(asking, "--seed", "1", "--precision", "fp32");

        assertThat(compared.exitCode()).as(compared.err()).isZero();
        assertThat(compared.out())
                .containsPattern("perplexity +generated +by label +cloze +label loss +answer loss +load")
                // answer3 is right in four of them
                .containsPattern("majority +66\\.7% +66\\.7% +66\\.7% +1\\.3863");
        JsonNode lora = new ObjectMapper()
                .readTree(results().resolve("comparison.json").toFile())
                .at("/specs/0");
        String measured = asked(test, "--adapter", adapted(1));
        assertThat(measured).contains(figure(lora, "cloze", 0.01) + " per character");
        assertThat(measured).contains(figure(lora, "generated", 0.01) + " right\n");
        assertThat(measured).contains(figure(lora, "by_label", 0.01) + " right by log-likelihood");
        assertThat(measured).contains(figure(lora, "label_loss", 1) + " nats, of what tells it");
        assertThat(measured).contains(figure(lora, "answer_loss", 1) + " nats, loss of the right option");
    }

    @Test
    void models_that_learn_a_cloze_are_asked_one() throws IOException {
        Path questions = Path.of(System.getProperty("graft.home"), "samples/data/reasoning/openbookqa-test.json");
        String asking = "return List.of(" + LORA + "); } public boolean cloze() { return true; }"
                + " public java.util.Optional<String> test() { return java.util.Optional.of(\"" + questions
                + "\"); } public int questions() { return 6;";

        Graft compared = compareOn(questions, asking, "--seed", "1", "--precision", "fp32");

        assertThat(compared.exitCode()).as(compared.err()).isZero();
        assertThat(compared.out())
                .containsPattern("perplexity +cloze +answer loss +load")
                .containsPattern("majority +66\\.7%");
        JsonNode lora = new ObjectMapper()
                .readTree(results().resolve("comparison.json").toFile())
                .at("/specs/0");
        assertThat(asked(questions, "--adapter", adapted(1))).contains(figure(lora, "cloze", 0.01) + " per character");
    }

    @Test
    void a_text_is_not_learnt_as_a_cloze() throws IOException {
        Graft refused = compare("return List.of(" + LORA + "); } public boolean cloze() { return true;");

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("page.txt can't be learnt as a cloze");
    }

    @Test
    void tasks_that_are_not_there_are_told_with_the_other_problems() throws IOException {
        Graft refused = compare("return List.of(" + LORA.replace("all()", "range(0, 9)")
                + "); } public java.util.Optional<String> tasks() { return java.util.Optional.of(\"nowhere\");");

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("nowhere holds no tasks", "names layer 9");
    }

    @Test
    void one_seed_can_be_asked_for() throws IOException {
        Graft compared = compare("return List.of(" + LORA + ");", "--seed", "2");

        assertThat(compared.out()).contains("run 1 of 1: lora-seed2-").doesNotContain("±");
    }

    @Test
    void problems_of_all_specs_and_files_come_together_before_anything_runs() throws IOException {
        Files.delete(folder.resolve("page.txt"));

        Graft refused = compare("return List.of(" + LORA.replace("all()", "range(0, 9)") + ", "
                + NULLS.replace("nullExperts(8)", "nullExperts(7)") + ", " + LORA + ");");

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err())
                .contains("page.txt: there is no such file", "two specs of MyComparison are named 'lora'")
                .contains("names layer 9", "7");
        assertThat(results()).doesNotExist();
    }

    @Test
    void a_file_without_a_comparison_says_how_one_is_written() throws IOException {
        Path file = Files.writeString(folder.resolve("Nothing.java"), "public final class Nothing {}");

        Graft refused = Graft.run("compare", file, "--out", results());

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("[E_SPEC]", "class Nothing implements Comparison");
    }

    private Graft compare(String specs, String... more) throws IOException {
        return compareOn("page.txt", specs, more);
    }

    private Graft compareOn(Object data, String specs, String... more) throws IOException {
        Path file = Files.writeString(folder.resolve("MyComparison.java"), """
                import static dev.graft.dsl.Graft.*;
                import dev.graft.dsl.*;
                import java.util.List;
                public final class MyComparison implements Comparison {
                    public String base() { return "tiny-mixtral"; }
                    public List<String> training() { return List.of("%1$s"); }
                    public List<String> validation() { return List.of("%1$s"); }
                    public int validationExamples() { return 4; }
                    public List<Long> seeds() { return List.of(1L, 2L); }
                    public List<Surgery> specs() { %2$s }
                    static void tiny(SurgerySpec s) { s.training(t -> t.adamW(1e-3).steps(1).batch(2).length(32)); }
                }
                """.formatted(data, specs));
        return Graft.run(Stream.concat(
                        Stream.of("compare", file, "--out", results(), "--threads", "1"), Stream.of((Object[]) more))
                .toArray());
    }

    private Path adapted(int seed) {
        return runs().stream()
                .filter(run -> run.getFileName().toString().startsWith("lora-seed" + seed))
                .findFirst()
                .orElseThrow();
    }

    /** The share of right answers by {@code graft eval}. */
    private double evaluated(Path tasks, Object... adapter) throws IOException {
        Path out = folder.resolve("evaluated");
        Graft measured = Graft.run(Stream.concat(
                        Stream.of(
                                "eval",
                                "--base",
                                "tiny-mixtral",
                                "--tasks",
                                tasks,
                                "--first",
                                "5",
                                "--threads",
                                "1",
                                "--out",
                                out,
                                "--precision",
                                "fp32"),
                        Stream.of(adapter))
                .toArray());
        assertThat(measured.exitCode()).as(measured.err()).isZero();
        return new ObjectMapper()
                .readTree(out.resolve("tasks.json").toFile())
                .path("mean")
                .asDouble();
    }

    private static String figure(JsonNode spec, String field, double scale) {
        return String.format(
                Locale.ROOT, "%.4f", scale * spec.path(field).path("mean").asDouble());
    }

    /** What {@code graft eval} says of six questions. */
    private static String asked(Path test, Object... adapter) {
        Graft measured = Graft.run(Stream.concat(
                        Stream.of("eval", "--base", "tiny-mixtral", "--data", test, "--first", "6", "--length", "512")
                                .map(Object.class::cast),
                        Stream.concat(
                                Stream.of("--ask", "labels,cloze,generated", "--threads", "1"), Stream.of(adapter)))
                .toArray());
        assertThat(measured.exitCode()).as(measured.err()).isZero();
        return measured.out().replace(System.lineSeparator(), "\n");
    }

    private static List<Path> scores(Path run) throws IOException {
        try (Stream<Path> files = Files.list(run)) {
            return files.filter(file -> file.getFileName().toString().startsWith("scores-"))
                    .toList();
        }
    }

    private Path results() {
        return folder.resolve("results");
    }

    private List<Path> runs() {
        try (Stream<Path> runs = Files.list(results().resolve("runs"))) {
            return runs.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double loss(Path run) throws IOException {
        ObjectMapper json = new ObjectMapper();
        double loss = Double.NaN;
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            JsonNode node = json.readTree(line);
            loss = node.path("kind").asText().equals("validation")
                    ? node.path("loss").asDouble()
                    : loss;
        }
        return loss;
    }
}
