package dev.graft.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.dsl.Training.Supervision;
import dev.graft.dsl.Training.TooLong;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TasksTest {
    private static final Limits LIMITS = new Limits(256, TooLong.TRUNCATE, Supervision.ANSWERS);
    private static final String TASK = """
            {"dataset": "a", "split": "training", "questions": "a.jsonl", "templates": "g"}
            """;

    private static Tokenizer tokenizer;

    @TempDir
    Path folder;

    @BeforeAll
    static void open() {
        tokenizer = TinyLlama.tokenizer();
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @BeforeEach
    void write_a_folder() throws IOException {
        write("tasks.jsonl", TASK);
        write("templates.jsonl", """
                {"group": "g", "name": "plain", "input": "{question}\\n", "target": "{choice}"}
                {"group": "g", "name": "letter", "input": "{options}\\n{question} {} {0}\\n", "target": "{letter}."}
                """);
        write("a.jsonl", """
                {"question": "Who {options} $1?", "choices": ["Lear", "Romeo"], "answer": "Romeo"}
                {"question": "Where?", "choices": ["Rome", "Venice"], "label": 0}
                """);
    }

    @Test
    void every_question_is_learnt_in_every_template() {
        assertThat(training(Mixture.training()))
                .as("braces in the data, and braces that name nothing, stay as they are")
                .containsExactly(
                        "Who {options} $1?\nRomeo</s>",
                        "(A) Lear\n(B) Romeo\nWho {options} $1? {} {0}\nB.</s>",
                        "Where?\nRome</s>",
                        "(A) Rome\n(B) Venice\nWhere? {} {0}\nA.</s>");
    }

    @Test
    void a_template_makes_an_option_of_every_choice() {
        Task task = TaskFolder.read(folder).tasks().get(0);

        Questions asked = reader().questions(task, task.templates().get(1), 1, LIMITS);

        assertThat(asked.questions()).hasSize(1);
        Question question = asked.questions().get(0);
        assertThat(question.gold()).isEqualTo(1);
        assertThat(question.options()).extracting(Question.Option::text).containsExactly("A.", "B.");
    }

    @Test
    void an_encoder_decoder_reads_the_prompt_and_writes_the_target() {
        try (Tokenizer t5 = Tokenizer.open(TinyLlama.folder().resolveSibling("tiny-t5"))) {
            Example example = new DataReader(t5, TinyLlama.VOCABULARY)
                    .examples(DataSpec.of(folder), List.of(folder), LIMITS)
                    .examples()
                    .get(2);

            assertThat(t5.decode(example.source(), false)).isEqualTo("Where?\n</s>");
            assertThat(t5.decode(example.ids(), false)).isEqualTo("<pad>Rome</s>");
        }
    }

    @Test
    void a_cap_takes_a_sample_that_depends_on_the_seed_and_the_data_set_alone() throws IOException {
        // given
        write("b.jsonl", questions("b"));
        write("a.jsonl", questions("a"));
        write("tasks.jsonl", capped("a", 7));
        List<String> alone = training(Mixture.training());

        // when
        write("tasks.jsonl", capped("b", 5) + capped("a", 7));
        List<String> mixed = training(Mixture.training());

        // then
        assertThat(alone).hasSize(7).doesNotHaveDuplicates();
        assertThat(mixed).hasSize(12);
        assertThat(mixed.subList(5, 12)).isEqualTo(alone);
        assertThat(training(new Mixture(Task.Split.TRAINING, 0, 1))).hasSize(12).isNotEqualTo(mixed);
        assertThat(training(new Mixture(Task.Split.TRAINING, 3, 0)))
                .hasSize(6)
                .isSubsetOf(mixed)
                .isEqualTo(training(new Mixture(Task.Split.TRAINING, 3, 0)));
    }

    @Test
    void the_splits_are_apart() throws IOException {
        write("b.jsonl", questions("b"));
        write("tasks.jsonl", TASK + capped("b", 5).replace("training", "held-out"));

        assertThat(training(Mixture.training())).hasSize(4);
        assertThat(training(Mixture.heldOut())).hasSize(5);
        write("tasks.jsonl", TASK);
        assertThatThrownBy(() -> training(Mixture.heldOut()))
                .hasMessageContaining("tasks.jsonl: no task has the split \"held-out\"");
    }

    @Test
    void every_problem_of_a_question_file_is_reported_with_its_line() throws IOException {
        write("a.jsonl", """
                {"question": "x"}
                {"question": "x", "choices": ["a"], "answer": "a"}
                {"question": "x", "choices": ["a", "b", "a"], "answer": "a"}
                {"question": "x", "choices": ["a", "b"], "answer": "c"}
                {"question": "x", "choices": ["a", "b"]}
                {"question": "x", "choices": ["a", "b"], "label": 2}
                """);

        assertThatThrownBy(() -> training(Mixture.training()))
                .hasMessageContaining("a.jsonl:1: \"choices\" must be a list of at least two texts")
                .hasMessageContaining("a.jsonl:2: \"choices\" must be a list of at least two texts")
                .hasMessageContaining("a.jsonl:3: the choice \"a\" is there twice")
                .hasMessageContaining("a.jsonl:4: the answer \"c\" is none of the choices: a / b")
                .hasMessageContaining("a.jsonl:5: it has neither an \"answer\"")
                .hasMessageContaining("a.jsonl:6: \"label\" must be the index");
    }

    @Test
    void a_question_without_a_field_of_the_template_is_refused() throws IOException {
        write("a.jsonl", "{\"context\": \"x\", \"choices\": [\"a\", \"b\"], \"answer\": \"a\"}");

        assertThatThrownBy(() -> training(Mixture.training()))
                .hasMessageContaining("a.jsonl:1: the template \"plain\" needs the field \"question\"");
    }

    @Test
    void every_problem_of_the_list_of_tasks_is_reported_with_its_line() throws IOException {
        write(
                "tasks.jsonl",
                TASK.replace("\"g\"", "\"h\"")
                        + TASK.replace("training", "test")
                        + TASK.replace("}", ", \"cap\": 0}")
                        + "{\"dataset\": \"a\"}\n");

        assertThatThrownBy(() -> TaskFolder.read(folder))
                .hasMessageContaining("tasks.jsonl:1: the template group \"h\" of a is empty")
                .hasMessageContaining("templates.jsonl has the groups: g")
                .hasMessageContaining("tasks.jsonl:2: the split is \"test\"")
                .hasMessageContaining("tasks.jsonl:3: \"cap\" must be")
                .hasMessageContaining("tasks.jsonl:4: the field \"split\" is missing");
    }

    @Test
    void every_problem_of_the_templates_is_reported_with_its_line() throws IOException {
        write("templates.jsonl", """
                {"group": "g", "name": "n", "input": "x", "target": "{choice}"}
                {"group": "g", "name": "n", "input": "y", "target": "{choice}"}
                {"group": "g", "name": "m", "input": "x", "target": "yes"}
                {"group": "g", "name": "o", "target": "{choice}"}
                """);

        assertThatThrownBy(() -> TaskFolder.read(folder))
                .hasMessageContaining("templates.jsonl:2: the group \"g\" has a template \"n\" already")
                .hasMessageContaining("templates.jsonl:3: the target has neither {choice} nor {letter}")
                .hasMessageContaining("templates.jsonl:4: the field \"input\" is missing");
    }

    @Test
    void a_folder_without_tasks_is_refused() {
        assertThatThrownBy(() -> TaskFolder.read(folder.resolve("nowhere")))
                .hasMessageContaining("nowhere holds no tasks: there is no tasks.jsonl");
    }

    @Test
    void all_embedded_tasks_are_read_in_three_templates_each() {
        for (Task task : TaskFolder.read(TinyLlama.data("tasks")).tasks()) {
            assertThat(task.templates()).as(task.dataset()).hasSize(3);
            for (TaskTemplate template : task.templates()) {
                assertThat(reader().questions(task, template, 0, LIMITS).questions())
                        .as(task.dataset() + " " + template.name())
                        .hasSizeGreaterThanOrEqualTo(100);
            }
        }
    }

    private List<String> training(Mixture mixture) {
        DataSpec spec = DataSpec.of(folder).mixture(mixture);
        return reader().examples(spec, List.of(folder), LIMITS).examples().stream()
                .map(example -> tokenizer.decode(example.ids(), false))
                .toList();
    }

    private static DataReader reader() {
        return TinyLlama.reader(tokenizer);
    }

    private static String capped(String dataset, int cap) {
        return TASK.replace("\"a\"", "\"" + dataset + "\"")
                .replace("a.jsonl", dataset + ".jsonl")
                .replace("}", ", \"cap\": " + cap + "}");
    }

    private static String questions(String dataset) {
        return IntStream.range(0, 20)
                .mapToObj(i -> "{\"question\": \"" + dataset + i
                        + "?\", \"choices\": [\"yes\", \"no\"], \"answer\": \"no\"}\n")
                .reduce("", String::concat);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }
}
