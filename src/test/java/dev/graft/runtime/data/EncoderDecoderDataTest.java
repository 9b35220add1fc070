package dev.graft.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.dsl.Training.Supervision;
import dev.graft.dsl.Training.TooLong;
import dev.graft.issue.GraftException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Examples for a checkpoint whose config.json says that it is an encoder-decoder; its tokenizer is that of tiny-llama. */
class EncoderDecoderDataTest {
    private static final int START = 0;
    private static final int EOS = 1;

    private static Tokenizer tokenizer;

    @TempDir
    Path folder;

    @BeforeAll
    static void open() {
        tokenizer = Tokenizer.open(TinyLlama.folder().resolveSibling("tiny-t5"));
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    /** Ids made with Python's tokenizers. */
    @Test
    void the_first_half_of_a_window_is_read_and_the_other_half_with_eos_is_predicted() throws IOException {
        int[] window =
                TinyLlama.ints(TinyLlama.reference("shakespeare-windows.json").get("first"));

        Dataset data = text(128, 100);

        Example first = data.examples().get(0);
        assertThat(first.source()).isEqualTo(Arrays.copyOf(window, 64));
        assertThat(first.ids()).isEqualTo(target(Arrays.copyOfRange(window, 64, 128)));
        assertThat(first.supervised()).isEqualTo(65);
        assertThat(first.promptLength()).isEqualTo(1);
        assertThat(data.summary()).isEqualTo(new DataSummary(100, 100 * (64 + 65), 100 * 65, 0, 0));
    }

    @Test
    void a_last_window_of_odd_length_predicts_the_larger_half() throws IOException {
        JsonNode expected = TinyLlama.reference("shakespeare-windows.json");
        int[] last = TinyLlama.ints(expected.get("last"));

        List<Example> windows = text(128, 0).examples();

        Example found = windows.get(windows.size() - 1);
        assertThat(found.source()).isEqualTo(Arrays.copyOf(last, last.length / 2));
        assertThat(found.ids()).isEqualTo(target(Arrays.copyOfRange(last, last.length / 2, last.length)));
    }

    @Test
    void an_instruction_is_read_and_its_answer_is_predicted_both_with_eos() throws IOException {
        Path file = write("{\"instruction\": \"Name a king.\", \"output\": \"Lear\"}");

        Example example = instructions(file, 64, TooLong.REFUSE).examples().get(0);

        assertThat(example.source()).isEqualTo(ended(tokenizer.encode("Name a king.\n", false)));
        assertThat(example.ids()).isEqualTo(target(tokenizer.encode("Lear", false)));
    }

    @Test
    void a_source_that_is_too_long_loses_its_beginning() throws IOException {
        Path file = write("{\"instruction\": \"Name a king who gave away all of his land.\", \"output\": \"Lear\"}");
        int[] source = ended(tokenizer.encode("Name a king who gave away all of his land.\n", false));
        int answer = tokenizer.encode("Lear", false).length + 1;

        Dataset data = instructions(file, answer + 5, TooLong.TRUNCATE);

        assertThat(data.examples().get(0).source())
                .isEqualTo(Arrays.copyOfRange(source, source.length - 5, source.length));
        assertThat(data.summary()).isEqualTo(new DataSummary(1, answer + 5, answer, 1, 0));
        assertThatThrownBy(() -> instructions(file, answer, TooLong.TRUNCATE))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("no example is left");
    }

    @Test
    void a_source_and_a_target_with_limits_of_their_own_are_cut_each_on_its_own() throws IOException {
        Path file =
                write("{\"instruction\": \"Name a king who gave away all of his land.\", \"output\": \"It was Lear, the"
                        + " king of Britain\"}");
        int[] source = ended(tokenizer.encode("Name a king who gave away all of his land.\n", false));
        int[] answer = ended(tokenizer.encode("It was Lear, the king of Britain", false));
        assertThat(source.length).isGreaterThan(5);
        assertThat(answer.length).isGreaterThan(4);

        Dataset cut = separate(file, 5, 4, TooLong.TRUNCATE);
        assertThat(cut.examples().get(0).source())
                .isEqualTo(Arrays.copyOfRange(source, source.length - 5, source.length));
        assertThat(cut.examples().get(0).ids()).isEqualTo(new int[] {START, answer[0], answer[1], answer[2], EOS});
        assertThat(cut.summary()).isEqualTo(new DataSummary(1, 5 + 4, 4, 1, 0));

        Dataset whole = separate(file, source.length, answer.length, TooLong.REFUSE);
        assertThat(whole.examples().get(0).source()).isEqualTo(source);
        assertThat(whole.summary().truncated()).isZero();

        for (int[] limits : new int[][] {{source.length - 1, 99}, {99, answer.length - 1}}) {
            assertThatThrownBy(() -> separate(file, limits[0], limits[1], TooLong.REFUSE))
                    .isInstanceOf(GraftException.class)
                    .hasMessageContaining(limits[0] + " of the source and " + limits[1] + " of the target");
        }
    }

    @Test
    void a_window_fills_both_limits_and_the_next_one_begins_where_it_ended() {
        int[] ids = tokenizer.encode(read(TinyLlama.data("shakespeare/validation.txt")), false);

        List<Example> windows = new DataReader(tokenizer, TinyLlama.VOCABULARY)
                .examples(
                        DataSpec.text().first(2),
                        List.of(TinyLlama.data("shakespeare/validation.txt")),
                        limits(96, 33, TooLong.REFUSE))
                .examples();

        assertThat(windows.get(0).source()).isEqualTo(Arrays.copyOf(ids, 96));
        assertThat(windows.get(0).ids()).isEqualTo(target(Arrays.copyOfRange(ids, 96, 128)));
        assertThat(windows.get(1).source()).isEqualTo(Arrays.copyOfRange(ids, 128, 224));
        assertThat(windows.get(1).ids()).isEqualTo(target(Arrays.copyOfRange(ids, 224, 256)));
    }

    @Test
    void a_choice_longer_than_a_target_may_be_leaves_its_question_out() throws IOException {
        Path file = write(
                "{\"context\": \"Who is mad?\\n\", \"choices\": [\"Lear\", \"The fool who follows him\"], \"label\":"
                        + " 0}\n{\"context\": \"Who is dead?\\n\", \"choices\": [\"Lear\", \"Kent\"], \"label\": 0}");

        Questions questions = new DataReader(tokenizer, TinyLlama.VOCABULARY)
                .questions(QuestionSpec.usual(), file, limits(3, 4, TooLong.TRUNCATE));

        assertThat(questions.skipped()).isEqualTo(1);
        assertThat(questions.questions()).hasSize(1);
        assertThat(questions.questions().get(0).options().get(0).example().source())
                .hasSize(3);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Limits limits(int source, int target, TooLong tooLong) {
        return new Limits(source + target, OptionalInt.of(target), tooLong, Supervision.ANSWERS);
    }

    private static Dataset separate(Path file, int source, int target, TooLong tooLong) {
        return new DataReader(tokenizer, TinyLlama.VOCABULARY)
                .examples(DataSpec.instructions(), List.of(file), limits(source, target, tooLong));
    }

    @Test
    void each_choice_is_a_target_of_the_same_source() throws IOException {
        Path file = write("{\"context\": \"Who is mad?\\n\", \"choices\": [\"Lear\", \"The fool\"], \"label\": 0}");

        Question question = new DataReader(tokenizer, TinyLlama.VOCABULARY)
                .questions(QuestionSpec.usual(), file, new Limits(64, TooLong.REFUSE, Supervision.ANSWERS))
                .questions()
                .get(0);

        assertThat(question.options()).extracting(Question.Option::text).containsExactly("Lear", "The fool");
        for (Question.Option option : question.options()) {
            assertThat(option.example().source()).isEqualTo(ended(tokenizer.encode("Who is mad?\n", false)));
            assertThat(option.example().ids()).isEqualTo(target(tokenizer.encode(option.text(), false)));
        }
    }

    @Test
    void ids_of_the_source_must_have_a_row_in_the_embedding() throws IOException {
        Path file = write("{\"instruction\": \"Name a king.\", \"output\": \"\"}");
        int largest =
                IntStream.of(tokenizer.encode("Name a king.\n", false)).max().orElseThrow();

        assertThatThrownBy(() -> new DataReader(tokenizer, largest)
                        .examples(
                                DataSpec.instructions(),
                                List.of(file),
                                new Limits(64, TooLong.REFUSE, Supervision.ANSWERS)))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("token id " + largest);
    }

    private static Dataset text(int length, int first) {
        return new DataReader(tokenizer, TinyLlama.VOCABULARY)
                .examples(
                        DataSpec.text().first(first),
                        List.of(TinyLlama.data("shakespeare/validation.txt")),
                        new Limits(length, TooLong.TRUNCATE, Supervision.ANSWERS));
    }

    private static Dataset instructions(Path file, int length, TooLong tooLong) {
        return new DataReader(tokenizer, TinyLlama.VOCABULARY)
                .examples(DataSpec.instructions(), List.of(file), new Limits(length, tooLong, Supervision.EVERYTHING));
    }

    private Path write(String record) throws IOException {
        return Files.writeString(folder.resolve("data.jsonl"), record + "\n");
    }

    private static int[] ended(int[] ids) {
        return IntStream.concat(IntStream.of(ids), IntStream.of(EOS)).toArray();
    }

    private static int[] target(int[] ids) {
        return IntStream.concat(IntStream.of(START), IntStream.of(ended(ids))).toArray();
    }
}
