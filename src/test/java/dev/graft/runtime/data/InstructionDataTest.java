package dev.graft.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.dsl.Training.Supervision;
import dev.graft.dsl.Training.TooLong;
import dev.graft.issue.GraftException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstructionDataTest {
    private static final Limits ANSWERS = new Limits(256, TooLong.TRUNCATE, Supervision.ANSWERS);

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

    /** Prompt = instruction and newline, answer = output and eos, cut on the right; ids made with Python's tokenizers. */
    @Test
    void follows_the_usual_recipe_on_open_book_qa_token_by_token() throws IOException {
        JsonNode expected = TinyLlama.reference("openbookqa-batches.json");
        Path file = TinyLlama.data("reasoning/openbookqa-train.json");

        Dataset data =
                TinyLlama.reader(tokenizer).examples(DataSpec.instructions().first(16), List.of(file), ANSWERS);

        assertThat(data.examples()).hasSize(16);
        for (int i = 0; i < 16; i++) {
            JsonNode reference = expected.at("/examples/" + i);
            Example example = data.examples().get(i);
            int[] labels = TinyLlama.ints(reference.get("labels"));
            assertThat(example.ids()).isEqualTo(TinyLlama.ints(reference.get("ids")));
            for (int t = 0; t < labels.length; t++) {
                assertThat(labels[t]).isEqualTo(t < example.firstLabel() ? -100 : example.ids()[t]);
            }
        }
    }

    /** Counts from Python's tokenizers: 4,957 examples, 532,828 tokens, the longest has 227. */
    @Test
    void reads_all_of_open_book_qa() {
        Path file = TinyLlama.data("reasoning/openbookqa-train.json");

        Dataset data = TinyLlama.reader(tokenizer).examples(DataSpec.instructions(), List.of(file), ANSWERS);

        assertThat(data.summary().examples()).isEqualTo(4957);
        assertThat(data.summary().tokens()).isEqualTo(532_828);
        assertThat(data.summary().truncated()).isZero();
        assertThat(data.examples()).extracting(Example::length).contains(227);
    }

    @Test
    void what_is_learnt_as_a_cloze_is_what_is_asked_as_one() {
        // given
        Path file = TinyLlama.data("reasoning/openbookqa-test.json");
        DataReader reader = TinyLlama.reader(tokenizer);
        // when
        Dataset learnt = reader.examples(DataSpec.instructions().form(QuestionSpec.Form.CLOZE), List.of(file), ANSWERS);
        Questions asked = reader.questions(QuestionSpec.usual().form(QuestionSpec.Form.CLOZE), file, ANSWERS);
        // then: the right option, and the token that ends an answer
        int eos = tokenizer.requireEos("");
        assertThat(learnt.examples()).hasSize(500);
        for (int i = 0; i < 500; i++) {
            Question question = asked.questions().get(i);
            Example right = question.options().get(question.gold()).example();
            assertThat(learnt.examples().get(i).ids())
                    .isEqualTo(IntStream.concat(Arrays.stream(right.ids()), IntStream.of(eos))
                            .toArray());
            assertThat(learnt.examples().get(i).firstLabel()).isEqualTo(right.firstLabel());
        }
    }

    @Test
    void an_instruction_without_choices_is_no_cloze() throws IOException {
        Path file = write("free.json", "[{\"instruction\": \"Say\", \"output\": \"Aye\", \"answer\": \"Aye\"}]");

        assertThatThrownBy(() -> TinyLlama.reader(tokenizer)
                        .examples(DataSpec.instructions().form(QuestionSpec.Form.CLOZE), List.of(file), ANSWERS))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("free.json:1: it has no choices")
                .hasMessageContaining("without --ask and --cloze, instructions are measured and learnt as they stand");
    }

    @Test
    void reads_an_array_and_json_lines_alike() throws IOException {
        String first = "{\"instruction\": \"Say\", \"output\": \"Aye\"}";
        String second = "{\"instruction\": \"Ask\", \"input\": null, \"output\": \"Who?\"}";
        Path array = write("a.json", "\uFEFF [" + first + ",\n" + second + "]\n");
        Path lines = write("a.jsonl", first + "\r\n\n  \n" + second);

        assertThat(read(array).examples()).isEqualTo(read(lines).examples()).hasSize(2);
    }

    @Test
    void everything_is_supervised_when_asked() throws IOException {
        Path file = write("a.jsonl", "{\"instruction\": \"Say it\", \"output\": \"Aye\"}");

        Example answers = read(file).examples().get(0);
        Example everything = TinyLlama.reader(tokenizer)
                .examples(
                        DataSpec.instructions(),
                        List.of(file),
                        new Limits(256, TooLong.TRUNCATE, Supervision.EVERYTHING))
                .examples()
                .get(0);

        assertThat(everything.ids()).isEqualTo(answers.ids());
        assertThat(everything.firstLabel()).isEqualTo(1);
        assertThat(everything.supervised()).isEqualTo(answers.length() - 1);
        assertThat(answers.promptLength()).isEqualTo(tokenizer.encode("Say it\n", false).length);
    }

    @Test
    void the_input_goes_where_the_template_says_and_braces_in_the_data_stay() throws IOException {
        Path file = write(
                "a.jsonl", "{\"instruction\": \"Name {input}\", \"input\": \"{instruction}\", \"output\": \"x\"}");
        DataSpec spec = DataSpec.instructions().prompt(new PromptTemplate.Plain("Q: {instruction}\nI: {input}\nA: "));

        Example example = TinyLlama.reader(tokenizer)
                .examples(spec, List.of(file), ANSWERS)
                .examples()
                .get(0);

        assertThat(tokenizer.decode(example.ids(), false)).isEqualTo("Q: Name {input}\nI: {instruction}\nA: x</s>");
    }

    @Test
    void an_input_that_the_template_would_drop_is_refused() throws IOException {
        Path file = write("a.jsonl", "{\"instruction\": \"Name\", \"input\": \"this\", \"output\": \"x\"}");

        assertThatThrownBy(() -> read(file))
                .hasMessageContaining("a.jsonl:1: it has an input, but the prompt template has no {input}");
    }

    @Test
    void fields_may_have_other_names() throws IOException {
        Path file = write("a.jsonl", "{\"question\": \"Say\", \"response\": \"Aye\"}");
        Path usual = write("b.jsonl", "{\"instruction\": \"Say\", \"output\": \"Aye\"}");
        DataSpec spec = DataSpec.instructions().fields(new Fields("question", "context", "response", "answer"));

        assertThat(TinyLlama.reader(tokenizer)
                        .examples(spec, List.of(file), ANSWERS)
                        .examples())
                .isEqualTo(read(usual).examples());
    }

    @Test
    void longer_examples_are_truncated_skipped_or_refused() throws IOException {
        Path file = write(
                "a.jsonl",
                "{\"instruction\": \"Say\", \"output\": \"Aye\"}\n{\"instruction\": \"Say\", \"output\": \""
                        + "no ".repeat(40) + "\"}\n{\"instruction\": \"" + "say ".repeat(40)
                        + "\", \"output\": \"Aye\"}\n");
        DataReader reader = TinyLlama.reader(tokenizer);

        Dataset truncated = reader.examples(
                DataSpec.instructions(), List.of(file), new Limits(20, TooLong.TRUNCATE, Supervision.ANSWERS));
        Dataset skipped = reader.examples(
                DataSpec.instructions(), List.of(file), new Limits(20, TooLong.SKIP, Supervision.ANSWERS));

        assertThat(truncated.examples()).extracting(Example::length).last().isEqualTo(20);
        assertThat(truncated.summary().truncated()).isEqualTo(1);
        assertThat(truncated.summary().skipped())
                .as("its prompt alone is too long")
                .isEqualTo(1);
        assertThat(skipped.summary().examples()).isEqualTo(1);
        assertThat(skipped.summary().skipped()).isEqualTo(2);
        assertThatThrownBy(() -> reader.examples(
                        DataSpec.instructions(), List.of(file), new Limits(20, TooLong.REFUSE, Supervision.ANSWERS)))
                .hasMessageContaining("a.jsonl:2: the example has")
                .hasMessageContaining("more than the limit of 20")
                .hasMessageContaining("a.jsonl:3:");
    }

    @Test
    void data_of_which_nothing_is_left_is_refused() throws IOException {
        Path file = write("a.jsonl", "{\"instruction\": \"Say it again\", \"output\": \"Aye\"}");

        assertThatThrownBy(() -> TinyLlama.reader(tokenizer)
                        .examples(
                                DataSpec.instructions(),
                                List.of(file),
                                new Limits(2, TooLong.SKIP, Supervision.ANSWERS)))
                .hasMessageContaining("E_DATA")
                .hasMessageContaining("no example is left: 1 were left out");
    }

    @Test
    void every_problem_of_a_file_is_reported_with_its_line() throws IOException {
        Path file = write("a.jsonl", """
                {"instruction": "Say", "output": "Aye"}
                {"instruction": "Say", "output": "Aye"
                {"instruction": "Say"}
                {"instruction": 7, "output": ["Aye"]}
                ["Say", "Aye"]
                {"instruction": "Say", "output": "Aye"} tail
                {"instruction": "Say", "instruction": "Ask", "output": "Aye"}
                """);

        assertThatThrownBy(() -> read(file))
                .isInstanceOfSatisfying(
                        GraftException.class,
                        e -> assertThat(e.issues())
                                .allMatch(issue -> issue.code().equals("E_DATA"))
                                .hasSize(7))
                .hasMessageContaining("a.jsonl:2: it is not valid JSON")
                .hasMessageContaining("a.jsonl:3: the field \"output\" is missing; there are \"instruction\"")
                .hasMessageContaining("a.jsonl:4: \"instruction\" is the number 7, not a text")
                .hasMessageContaining("a.jsonl:4: \"output\" is a list, not a text")
                .hasMessageContaining("a.jsonl:5: expected a JSON object, found a list")
                .hasMessageContaining("a.jsonl:6: it is not valid JSON")
                .hasMessageContaining("a.jsonl:7: it is not valid JSON");
    }

    @Test
    void in_an_array_the_line_is_where_the_object_begins_or_the_text_breaks() throws IOException {
        Path missing =
                write("a.json", "[\n{\"instruction\": \"Say\", \"output\": \"Aye\"},\n\n{\n\"output\": \"Aye\"}\n]");
        Path broken = write("b.json", "[\n{\"instruction\": \"Say\", \"output\": \"Aye\"},\n{\"instruction\": Say}]");
        Path open = write("c.json", "[\n{\"instruction\": \"Say\", \"output\": \"Aye\"}\n");
        Path deep = write("d.json", "[".repeat(100_000));

        assertThatThrownBy(() -> read(missing)).hasMessageContaining("a.json:4: the field \"instruction\" is missing");
        assertThatThrownBy(() -> read(broken)).hasMessageContaining("b.json:3: it is not valid JSON");
        assertThatThrownBy(() -> read(open)).hasMessageContaining("c.json:3: it is not valid JSON");
        assertThatThrownBy(() -> read(deep)).hasMessageContaining("d.json:1: it is not valid JSON");
    }

    @Test
    void many_problems_are_counted_after_the_first_twenty() throws IOException {
        Path file = write("a.jsonl", "{}\n".repeat(100));

        assertThatThrownBy(() -> read(file))
                .isInstanceOfSatisfying(
                        GraftException.class, e -> assertThat(e.issues()).hasSize(21))
                .hasMessageContaining("and 180 more problems");
    }

    @Test
    void empty_and_missing_files_are_named() throws IOException {
        Path empty = write("empty.json", "");
        Path none = write("none.json", "[]");
        Path blank = write("blank.jsonl", "\n\n");

        assertThatThrownBy(() -> read(empty)).hasMessageContaining("empty.json: it is empty");
        assertThatThrownBy(() -> read(none)).hasMessageContaining("none.json: it holds no examples");
        assertThatThrownBy(() -> read(blank)).hasMessageContaining("blank.jsonl: it holds no examples");
        assertThatThrownBy(() -> read(folder.resolve("no.json")))
                .hasMessageContaining("no.json: there is no such file");
        assertThatThrownBy(() -> read(folder)).hasMessageContaining("E_DATA").hasMessageContaining("cannot be read");
    }

    @Test
    void bytes_that_are_not_utf_8_are_refused_with_their_line() throws IOException {
        Path file = folder.resolve("latin.jsonl");
        Files.write(
                file,
                "{\"instruction\": \"a\", \"output\": \"b\"}\n{\"instruction\": \"\u00e9\", \"output\": \"b\"}"
                        .getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> read(file)).hasMessageContaining("latin.jsonl:2: it is not valid JSON");
    }

    @Test
    void an_id_outside_the_models_vocabulary_is_refused_with_its_line() throws IOException {
        Path file = write("a.jsonl", "{\"instruction\": \"Say\", \"output\": \"Aye\"}");

        assertThatThrownBy(
                        () -> new DataReader(tokenizer, 100).examples(DataSpec.instructions(), List.of(file), ANSWERS))
                .hasMessageContaining("a.jsonl:1: the token id")
                .hasMessageContaining("outside the model's vocabulary of 100");
    }

    @Test
    void the_chat_template_makes_the_prompt_and_ends_the_answer() throws IOException {
        Path file = write("a.jsonl", "{\"instruction\": \"Name\", \"input\": \"a colour\", \"output\": \"red\"}");
        String turns = "{% for m in messages %}[{{ m.role }}]{{ m.content }}</s>\n{% endfor %}"
                + "{% if add_generation_prompt %}[assistant]{% endif %}";
        String dated = turns + "{{ strftime_now('%d %b %Y') }}";
        String otherPrompt = turns + "{% if add_generation_prompt %}<think>{% endif %}";

        assertThat(chatTexts(file, turns)).containsExactly("[user]Name\na colour</s>\n[assistant]", "red</s>");
        assertThat(chatTexts(file, otherPrompt))
                .as("a template whose past turns don't begin like its prompt")
                .containsExactly("[user]Name\na colour</s>\n[assistant]<think>", "red</s>");
        assertThat(chatTexts(file, dated).get(0))
                .as("data stays the same on another day")
                .endsWith("26 Jul 2024");
        assertThatThrownBy(() -> TinyLlama.reader(tokenizer)
                        .examples(DataSpec.instructions().prompt(PromptTemplate.of("chat")), List.of(file), ANSWERS))
                .hasMessageContaining("[E_TEMPLATE] the checkpoint has no chat template");
    }

    /** The texts before and from the first supervised token. */
    private List<String> chatTexts(Path file, String template) throws IOException {
        for (String name : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(TinyLlama.folder().resolve(name), folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
        write("chat_template.jinja", template);
        try (Tokenizer withTemplate = Tokenizer.open(folder)) {
            Example example = TinyLlama.reader(withTemplate)
                    .examples(DataSpec.instructions().prompt(new PromptTemplate.Chat()), List.of(file), ANSWERS)
                    .examples()
                    .get(0);
            int[] prompt = Arrays.copyOf(example.ids(), example.firstLabel());
            int[] answer = Arrays.copyOfRange(example.ids(), example.firstLabel(), example.length());
            return List.of(tokenizer.decode(prompt, false), tokenizer.decode(answer, false));
        }
    }

    private Dataset read(Path file) {
        return TinyLlama.reader(tokenizer).examples(DataSpec.instructions(), List.of(file), ANSWERS);
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }
}
