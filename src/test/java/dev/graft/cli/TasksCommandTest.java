package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.evaluate.AskingMonitor;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.evaluate.TaskScores;
import dev.graft.surgery.Surgeon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Learning from tasks and measuring on others, on both kinds of language models. */
class TasksCommandTest {
    private static final Path TASKS = Path.of(System.getProperty("graft.home")).resolve("samples/data/tasks");

    @TempDir
    Path folder;

    @Test
    void a_decoder_learns_from_the_training_tasks_and_is_measured_on_the_others() throws IOException {
        // given
        Path run = folder.resolve("run");
        Path out = folder.resolve("table");

        // when
        Graft trained = Graft.run(
                "run", "plain-lora", "--tasks", TASKS, "--cap", "8", "--out", run, "--steps", "2", "--threads", "1");
        Graft measured = Graft.run(
                "eval",
                "--base",
                "tiny-llama",
                "--adapter",
                run,
                "--tasks",
                TASKS,
                "--first",
                "4",
                "--out",
                out,
                "--threads",
                "1");

        // then
        assertThat(trained.exitCode()).as(trained.err()).isZero();
        JsonNode learnt = new ObjectMapper()
                .readTree(Files.readAllLines(run.resolve("metrics.jsonl")).get(0))
                .at("/data/training");
        assertThat(learnt.get("examples").asInt() + learnt.get("skipped").asInt())
                .as("four training tasks, eight examples of each")
                .isEqualTo(32);
        assertThat(measured.exitCode()).as(measured.err()).isZero();
        the_table_agrees_with_its_files(measured, out);
    }

    @Test
    void a_target_may_have_a_length_of_its_own_behind_an_encoder() {
        String play = System.getProperty("graft.home") + "/samples/data/shakespeare/validation.txt";
        Graft together = Graft.run("eval", "--base", "tiny-t5", "--data", play, "--length", "64", "--first", "2");
        Graft apart = Graft.run(
                "eval", "--base", "tiny-t5", "--data", play, "--length", "32", "--target-length", "33", "--first", "2");
        Graft shorter = Graft.run(
                "eval", "--base", "tiny-t5", "--data", play, "--length", "32", "--target-length", "9", "--first", "2");
        Graft alone = Graft.run("eval", "--base", "tiny-llama", "--data", play, "--target-length", "9");

        assertThat(apart.exitCode()).as(apart.err()).isZero();
        assertThat(apart.out()).isEqualTo(together.out()).containsPattern("tokens with loss +66\n");
        assertThat(shorter.out()).containsPattern("tokens with loss +18\n");
        assertThat(alone.exitCode()).isEqualTo(2);
        assertThat(alone.err()).contains("[E_USAGE] --target-length is of models with an encoder");
    }

    @Test
    void a_soft_mixture_tells_how_much_each_expert_counts_for_each_task() throws IOException {
        // given
        Path few = threeQuestionsOfEach();
        Path run = folder.resolve("run");
        Path out = folder.resolve("table");

        // when
        Graft trained = Graft.run(
                "run",
                "mov-t5",
                "--tasks",
                few,
                "--cap",
                "4",
                "--validation",
                few,
                "--out",
                run,
                "--steps",
                "1",
                "--threads",
                "1");
        Graft measured = Graft.run(
                "eval",
                "--base",
                "tiny-t5",
                "--adapter",
                run,
                "--tasks",
                few,
                "--first",
                "2",
                "--out",
                out,
                "--threads",
                "1");
        Graft again = Graft.run("report", out, "--layer", "1");
        Graft wrong = Graft.run("report", run, "--layer", "99");

        // then
        assertThat(trained.exitCode()).as(trained.err()).isZero();
        assertThat(measured.exitCode()).as(measured.err()).isZero();
        JsonNode validation = new ObjectMapper()
                .readTree(Files.readAllLines(run.resolve("metrics.jsonl")).get(1));
        JsonNode tasks = new ObjectMapper().readTree(Files.readString(out.resolve("tasks.json")));
        assertThat(validation.path("tasks")).hasSize(3);
        assertThat(tasks.path("datasets")).hasSize(3);
        for (JsonNode layers : List.of(validation.at("/tasks/0/layers"), tasks.at("/datasets/2/layers"))) {
            double sum = 0;
            for (JsonNode part : layers.at("/0/groups/0/probability/0")) {
                sum += part.asDouble();
            }
            assertThat(sum).isCloseTo(1, org.assertj.core.data.Offset.offset(1e-5));
        }
        double tokens = 0;
        for (JsonNode task : validation.path("tasks")) {
            tokens += task.path("tokens").asDouble();
        }
        assertThat(tokens).isEqualTo(validation.path("tokens").asDouble());
        assertThat(run.resolve("report.html"))
                .content()
                .contains("Experts by task", "Encoder layer 2", "Decoder layer 2");
        assertThat(again.exitCode()).as(again.err()).isZero();
        assertThat(out.resolve("tasks.html"))
                .content()
                .contains("<th>piqa</th>", "Encoder layer 1")
                .doesNotContain("Decoder layer");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains("[E_LAYER] no routing by task was measured in layer 99");
    }

    private Path threeQuestionsOfEach() throws IOException {
        Path few = Files.createDirectories(folder.resolve("few"));
        for (String file : List.of("tasks.jsonl", "templates.jsonl")) {
            Files.copy(TASKS.resolve(file), few.resolve(file));
        }
        Files.createDirectory(few.resolve("questions"));
        try (var files = Files.list(TASKS.resolve("questions"))) {
            for (Path file : files.toList()) {
                List<String> first = Files.readAllLines(file).subList(0, 3);
                Files.write(few.resolve("questions").resolve(file.getFileName().toString()), first);
            }
        }
        return few;
    }

    @Test
    void an_encoder_decoder_is_measured_on_the_same_tasks() {
        Graft measured = Graft.run("eval", "--base", "tiny-t5", "--tasks", TASKS, "--first", "2", "--threads", "1");
        assertThat(measured.exitCode()).as(measured.err()).isZero();
        assertThat(measured.out())
                .containsPattern("piqa +plain +2 +\\d+\\.\\d% +50\\.0% ")
                .contains("mean of medians");
    }

    @Test
    void a_monitor_hears_of_the_questions_of_all_tasks_together() {
        Checkpoint base = Checkpoint.open(TASKS.resolveSibling("../checkpoints/tiny-t5"));
        List<Integer> counts = new ArrayList<>();
        List<Integer> totals = new ArrayList<>();
        TaskScores scores;
        try (TorchEngine engine = TorchEngine.open("cpu", 1);
                LoadedModel loaded = LoadedModel.untouched(
                        engine, GeneratedProgram.of(Surgeon.untouched(base)), base, ElementType.FP32)) {
            scores = new HeldOutQuestions(base, TASKS, 2).score(loaded, (answered, of) -> {
                counts.add(answered);
                totals.add(of);
            });
        }

        int all = scores.datasets().stream()
                .flatMap(dataset -> dataset.templates().stream())
                .mapToInt(template -> template.score().questions())
                .sum();
        assertThat(totals).containsOnly(all);
        assertThat(counts).isSorted().doesNotHaveDuplicates().endsWith(all);
    }

    @Test
    void a_demo_asks_the_held_out_questions_of_its_folder() throws IOException {
        // given
        Path lines = TASKS.resolveSibling("shakespeare");
        Graft measured = Graft.run(
                "eval", "--base", "tiny-t5", "--tasks", lines, "--first", "12", "--out", folder, "--threads", "1");

        // when
        Checkpoint base = Checkpoint.open(TASKS.resolveSibling("../checkpoints/tiny-t5"));
        double accuracy;
        try (TorchEngine engine = TorchEngine.open("cpu", 1);
                LoadedModel loaded = LoadedModel.untouched(
                        engine, GeneratedProgram.of(Surgeon.untouched(base)), base, ElementType.FP32)) {
            accuracy = new HeldOutQuestions(base, lines, 12)
                    .score(loaded, AskingMonitor.SILENT)
                    .mean();
        }

        // then
        assertThat(measured.exitCode()).as(measured.err()).isZero();
        JsonNode json = new ObjectMapper().readTree(Files.readString(folder.resolve("tasks.json")));
        assertThat(json.at("/datasets/0/templates/0/questions").asInt()).isEqualTo(12);
        assertThat(accuracy).isEqualTo(json.get("mean").asDouble());
    }

    @Test
    void data_and_tasks_are_not_mixed_and_tasks_have_templates_of_their_own() {
        Graft both = Graft.run("eval", "--base", "tiny-llama", "--data", "x.txt", "--tasks", TASKS);
        Graft nowhere = Graft.run("run", "plain-lora", "--tasks", folder, "--out", folder.resolve("run"));
        Graft cap = Graft.run("run", "plain-lora", "--data", "x.txt", "--cap", "3", "--out", folder.resolve("run"));
        Graft cloze = Graft.run("run", "plain-lora", "--tasks", TASKS, "--cloze", "--out", folder.resolve("run"));
        Graft prompt =
                Graft.run("run", "plain-lora", "--tasks", TASKS, "--template", "x", "--out", folder.resolve("run"));
        Graft out = Graft.run("eval", "--base", "tiny-llama", "--data", "x.txt", "--out", folder);
        Graft ask = Graft.run("eval", "--base", "tiny-llama", "--tasks", TASKS, "--ask", "cloze");

        assertThat(both.exitCode()).isEqualTo(2);
        assertThat(both.err()).contains("[E_USAGE]", "--data", "--tasks");
        assertThat(nowhere.err()).contains("[E_DATA]", "holds no tasks");
        assertThat(cap.err()).contains("[E_USAGE] --cap is of tasks");
        assertThat(cloze.err()).contains("[E_USAGE] " + TASKS + " can't be learnt as a cloze");
        assertThat(prompt.err()).contains("has templates of its own");
        assertThat(out.err()).contains("[E_USAGE] --out is of tasks");
        assertThat(ask.exitCode()).isEqualTo(2);
        assertThat(ask.err()).contains("[E_USAGE] --ask is of --data");
    }

    private static void the_table_agrees_with_its_files(Graft measured, Path out) throws IOException {
        JsonNode json = new ObjectMapper().readTree(Files.readString(out.resolve("tasks.json")));
        String mean =
                String.format(Locale.ROOT, "%.1f%%", 100 * json.get("mean").asDouble());
        assertThat(json.get("datasets")).hasSize(3);
        assertThat(json.at("/datasets/0/templates")).hasSize(3);
        assertThat(measured.out()).containsPattern("mean of medians +" + mean);
        assertThat(Files.readString(out.resolve("tasks.md")))
                .startsWith("| data set | template |")
                .contains("| winogrande | median |", "| mean of medians |  |  | " + mean);
    }
}
