package dev.graft.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.dsl.Training.Supervision;
import dev.graft.dsl.Training.TooLong;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuestionsTest {
    private static final Limits LIMITS = limits(256, TooLong.TRUNCATE);

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

    /** Ids made with Python's tokenizers. */
    @Test
    void listed_choices_follow_their_context() throws IOException {
        JsonNode expected = TinyLlama.reference("next-line-questions.json");

        Questions data = read(TinyLlama.data("shakespeare/next_line.validation.jsonl"), LIMITS);

        assertThat(data.questions()).hasSize(400);
        for (int q = 0; q < expected.size(); q++) {
            Question question = data.questions().get(q);
            int[] prompt = TinyLlama.ints(expected.get(q).get("prompt"));
            assertThat(question.line()).isEqualTo(q + 1);
            assertThat(question.gold()).isEqualTo(expected.get(q).get("gold").asInt());
            for (int o = 0; o < question.options().size(); o++) {
                Example example = question.options().get(o).example();
                assertThat(example.firstLabel()).isEqualTo(prompt.length);
                assertThat(Arrays.copyOf(example.ids(), prompt.length)).isEqualTo(prompt);
                assertThat(Arrays.copyOfRange(example.ids(), prompt.length, example.length()))
                        .isEqualTo(TinyLlama.ints(expected.get(q).get("options").get(o)));
            }
        }
    }

    @Test
    void an_answer_format_gives_the_options_and_the_answer_field_the_gold_one() throws IOException {
        // The output says something else than the answer: the answer counts.
        Path file = write("""
                [{"instruction": "Is it? Answer1: a Answer2: b\\n\\nAnswer format: answer1/answer2", "input": "",
                  "output": "the correct answer is answer1", "answer": "answer2"}]
                """);

        Question question = read(file, LIMITS).questions().get(0);

        assertThat(question.gold()).isEqualTo(1);
        assertThat(question.options())
                .extracting(Question.Option::text)
                .containsExactly("the correct answer is answer1", "the correct answer is answer2");
        assertThat(tokenizer.decode(question.options().get(0).example().ids(), false))
                .isEqualTo("Is it? Answer1: a Answer2: b\n\nAnswer format: answer1/answer2\n"
                        + "the correct answer is answer1");
    }

    @Test
    void the_cloze_form_has_the_question_alone_and_the_answers_texts() throws IOException {
        Path file = write("""
                [{"instruction": "Please choose the correct answer to the question: Stars are\\n\\nAnswer1: warm lights Answer2: made of gas\\n\\nAnswer format: answer1/answer2", "answer": "answer2"},
                 {"instruction": "Please answer the following question with true or false, question: is it?\\n\\nAnswer format: true/false", "answer": "true"},
                 {"instruction": "Please choose the correct answer to fill in the blank to complete the given sentence: The _ won.\\n\\nOption1: cat: a Option2: dog Answer format: option1/option2", "answer": "option1"}]
                """);

        List<Question> questions = TinyLlama.reader(tokenizer)
                .questions(QuestionSpec.usual().form(QuestionSpec.Form.CLOZE), file, LIMITS)
                .questions();

        assertThat(questions)
                .extracting(question -> question.options().stream()
                        .map(option -> tokenizer.decode(option.example().ids(), false))
                        .toList())
                .containsExactly(
                        List.of("Stars are warm lights", "Stars are made of gas"),
                        List.of("is it? true", "is it? false"),
                        List.of("The _ won. cat: a", "The _ won. dog"));
        assertThat(questions).extracting(Question::gold).containsExactly(1, 0, 0);
    }

    @Test
    void open_questions_expect_what_their_answer_is() throws IOException {
        Path file = write("""
                {"instruction": "Is it?\\n\\nAnswer format: true/false", "answer": "false"}
                {"instruction": "How many?", "answer": "576.0"}
                {"instruction": "Which? Answer Choices: (A) 1 (B) 2", "answer": "B"}
                """);

        List<OpenQuestion> questions = TinyLlama.reader(tokenizer).openQuestions(QuestionSpec.usual(), file, 256);

        assertThat(questions)
                .extracting(OpenQuestion::expected)
                .containsExactly(
                        new ExpectedAnswer.FirstLabel(List.of("true", "false"), "false"),
                        new ExpectedAnswer.LastNumber(576),
                        new ExpectedAnswer.FirstLetter("B"));
        assertThat(tokenizer.decode(questions.get(1).prompt(), false)).isEqualTo("How many?\n");
    }

    @Test
    void an_open_question_without_a_readable_answer_is_reported_with_its_line() throws IOException {
        Path file = write("""
                {"instruction": "How many?", "answer": "four"}
                {"instruction": "Is it?\\n\\nAnswer format: true/false", "answer": "maybe"}
                {"instruction": "How many?"}
                """);

        assertThatThrownBy(() -> TinyLlama.reader(tokenizer).openQuestions(QuestionSpec.usual(), file, 256))
                .hasMessageContaining("questions.json:1: the answer \"four\" is neither a number nor a letter")
                .hasMessageContaining("questions.json:2: the answer \"maybe\" is none of true/false")
                .hasMessageContaining("questions.json:3: the field \"answer\" is missing");
    }

    @Test
    void all_questions_of_the_open_book_qa_test_set_are_read() {
        Questions data = read(TinyLlama.data("reasoning/openbookqa-test.json"), LIMITS);

        assertThat(data.questions())
                .hasSize(500)
                .allMatch(question -> question.options().size() == 4);
        assertThat(data.truncated()).isZero();
    }

    @Test
    void a_long_prompt_is_cut_at_its_beginning() throws IOException {
        Path file =
                write("{\"context\": \"" + "so ".repeat(100) + "far\", \"choices\": [\"a\", \"b c\"], \"label\": 0}");

        Questions data = read(file, limits(20, TooLong.TRUNCATE));

        Question question = data.questions().get(0);
        assertThat(data.truncated()).isEqualTo(1);
        assertThat(question.options().get(1).example().length()).isEqualTo(20);
        assertThat(tokenizer.decode(question.options().get(1).example().ids(), false))
                .endsWith("farb c");
        assertThat(question.options())
                .extracting(option -> option.example().firstLabel())
                .as("both options see the same prompt")
                .containsOnly(question.options().get(0).example().firstLabel());
        assertThatThrownBy(() -> read(file, limits(20, TooLong.REFUSE)))
                .hasMessageContaining("questions.json:1: the question has");
        assertThatThrownBy(() -> read(file, limits(20, TooLong.SKIP))).hasMessageContaining("no question is left");
    }

    @Test
    void every_problem_is_reported_with_its_line() throws IOException {
        Path file = write("""
                {"context": "x", "choices": ["a", "b"], "label": 2}
                {"context": "x", "choices": ["a", "b"], "label": "a"}
                {"context": "x", "choices": ["a"], "label": 0}
                {"context": "x", "choices": ["a", 3], "label": 0}
                {"choices": ["a", "b"], "label": 0}
                {"instruction": "How many?", "answer": "4"}
                {"instruction": "Which?\\nAnswer format: a/b", "answer": "c"}
                {"instruction": "Which?\\nAnswer format: a/b"}
                {"context": "", "choices": ["a", "b"], "label": 0}
                """);

        assertThatThrownBy(() -> read(file, LIMITS))
                .hasMessageContaining("questions.json:1: \"label\" must be the index of one of the 2 choices (0 to 1)")
                .hasMessageContaining("questions.json:2: \"label\" must be")
                .hasMessageContaining("questions.json:3: \"choices\" must be a list of at least two texts")
                .hasMessageContaining("questions.json:4: a choice is not a text, or empty")
                .hasMessageContaining("questions.json:5: the field \"instruction\" is missing")
                .hasMessageContaining("questions.json:6: it has no choices")
                .hasMessageContaining("questions.json:7: the answer \"c\" is none of a/b")
                .hasMessageContaining("questions.json:8: the field \"answer\" is missing")
                .hasMessageContaining("questions.json:9: there is no text before the choices");
    }

    private static Limits limits(int length, TooLong tooLong) {
        return new Limits(length, tooLong, Supervision.ANSWERS);
    }

    private Questions read(Path file, Limits limits) {
        return TinyLlama.reader(tokenizer).questions(QuestionSpec.usual(), file, limits);
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("questions.json"), text);
    }
}
