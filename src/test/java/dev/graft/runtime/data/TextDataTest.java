package dev.graft.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.dsl.Training.Supervision;
import dev.graft.dsl.Training.TooLong;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextDataTest {
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
    void cuts_shakespeare_into_consecutive_windows() throws IOException {
        JsonNode expected = TinyLlama.reference("shakespeare-windows.json");

        Dataset data = read(128, TinyLlama.data("shakespeare/validation.txt"));

        int tokens = expected.get("tokens").asInt();
        List<Example> windows = data.examples();
        assertThat(windows).hasSize((tokens + 127) / 128);
        assertThat(windows.get(0).ids()).isEqualTo(TinyLlama.ints(expected.get("first")));
        assertThat(windows.get(1).ids()).isEqualTo(TinyLlama.ints(expected.get("second")));
        assertThat(windows.get(windows.size() - 1).ids()).isEqualTo(TinyLlama.ints(expected.get("last")));
        assertThat(windows).allMatch(window -> window.firstLabel() == 1);
        assertThat(data.summary()).isEqualTo(new DataSummary(windows.size(), tokens, tokens - windows.size(), 0, 0));
    }

    @Test
    void takes_the_first_windows_only_when_asked() {
        Path file = TinyLlama.data("shakespeare/validation.txt");

        Dataset data = TinyLlama.reader(tokenizer)
                .examples(
                        DataSpec.text().first(100),
                        List.of(file),
                        new Limits(128, TooLong.TRUNCATE, Supervision.ANSWERS));

        assertThat(data.summary()).isEqualTo(new DataSummary(100, 12_800, 12_700, 0, 0));
    }

    @Test
    void several_files_are_one_text_with_eos_between_them() throws IOException {
        Path first = write("a.txt", "O Romeo, Romeo!");
        Path second = write("b.txt", "wherefore art thou Romeo?");

        Dataset data = read(1000, first, second);

        int[] expected = Stream.of(
                        tokenizer.encode("O Romeo, Romeo!", false),
                        new int[] {TinyLlama.EOS},
                        tokenizer.encode("wherefore art thou Romeo?", false))
                .flatMapToInt(Arrays::stream)
                .toArray();
        assertThat(data.examples()).singleElement().isEqualTo(new Example(expected, 1));
    }

    @Test
    void a_last_window_of_one_token_is_left_out() throws IOException {
        String text = "O Romeo, Romeo!";
        int tokens = tokenizer.encode(text, false).length;

        Dataset data = read(tokens - 1, write("a.txt", text));

        assertThat(data.examples()).extracting(Example::length).containsExactly(tokens - 1);
    }

    @Test
    void a_text_that_has_nothing_to_predict_is_refused() throws IOException {
        Path empty = write("empty.txt", "");
        Path one = write("one.txt", "a");
        Path latin = folder.resolve("latin.txt");
        Files.write(latin, "fine\nna\u00efve\n".getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> read(128, empty))
                .hasMessageContaining("[E_DATA]")
                .hasMessageContaining("it is empty");
        assertThatThrownBy(() -> read(128, one)).hasMessageContaining("one.txt: it has only 1 token");
        assertThatThrownBy(() -> read(128, latin)).hasMessageContaining("latin.txt:2: it is not UTF-8 text");
        assertThatThrownBy(() -> read(1, one)).hasMessageContaining("a length of 1 tokens leaves nothing to predict");
        assertThatThrownBy(() -> read(128)).hasMessageContaining("no data file is named");
    }

    private Dataset read(int length, Path... files) {
        return TinyLlama.reader(tokenizer)
                .examples(
                        DataSpec.text(), List.of(files), new Limits(length, TooLong.TRUNCATE, Supervision.EVERYTHING));
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }
}
