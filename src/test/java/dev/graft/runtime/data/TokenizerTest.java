package dev.graft.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.issue.GraftException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
    @TempDir
    Path folder;

    @Test
    void encodes_and_decodes_text_of_any_script() {
        try (Tokenizer tokenizer = TinyLlama.tokenizer()) {
            String text = "Thou art — naïve 🙂\r\n\t日本";

            assertThat(tokenizer.decode(tokenizer.encode(text, false), false)).isEqualTo(text);
            assertThat(tokenizer.encode("", true)).isEmpty();
        }
    }

    @Test
    void never_cuts_a_long_text() {
        try (Tokenizer tokenizer = TinyLlama.tokenizer()) {
            String text = "to be or not to be ".repeat(1000);

            assertThat(tokenizer.decode(tokenizer.encode(text, false), false)).isEqualTo(text);
        }
    }

    @Test
    void the_text_of_a_special_token_is_that_token_and_can_be_left_out() {
        try (Tokenizer tokenizer = TinyLlama.tokenizer()) {
            int[] ids = tokenizer.encode("</s>hi", false);

            assertThat(ids[0]).isEqualTo(TinyLlama.EOS);
            assertThat(tokenizer.decode(ids, true)).isEqualTo("hi");
        }
    }

    @Test
    void knows_its_size_and_special_tokens() {
        try (Tokenizer tokenizer = TinyLlama.tokenizer()) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(TinyLlama.VOCABULARY);
            assertThat(tokenizer.special().eos()).hasValue(1);
            assertThat(tokenizer.special().bos()).hasValue(3);
            assertThat(tokenizer.special().stops()).containsExactly(1);
            assertThat(tokenizer.special().texts())
                    .containsEntry("bos_token", "<s>")
                    .containsEntry("eos_token", "</s>");
        }
    }

    @Test
    void special_tokens_come_from_the_generation_config_and_from_objects_too() throws IOException {
        copyTokenizer();
        write("config.json", "{\"vocab_size\": 4096, \"eos_token_id\": [1, 7]}");
        write("generation_config.json", "{\"eos_token_id\": [9, 8], \"bos_token_id\": 5}");
        write("tokenizer_config.json", "{\"eos_token\": {\"content\": \"<pad>\", \"lstrip\": false}}");

        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(tokenizer.special().eos()).hasValue(1);
            assertThat(tokenizer.special().stops()).containsExactlyInAnyOrder(9, 8, 1);
            assertThat(tokenizer.special().bos()).hasValue(5);
            assertThat(tokenizer.special().texts())
                    .containsEntry("eos_token", "<pad>")
                    .containsEntry("bos_token", tokenizer.decode(new int[] {5}, false));
        }
    }

    @Test
    void an_eos_that_only_the_tokenizer_config_names_is_found() throws IOException {
        copyTokenizer();
        write("config.json", "{\"vocab_size\": 4096}");
        write("tokenizer_config.json", "{\"eos_token\": \"</s>\"}");

        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(tokenizer.special().eos()).hasValue(1);
            assertThat(tokenizer.special().stops()).containsExactly(1);
            assertThat(tokenizer.special().bos()).isEmpty();
        }
    }

    @Test
    void a_stream_gives_the_same_text_and_no_broken_characters() {
        try (Tokenizer tokenizer = TinyLlama.tokenizer()) {
            String text = "Good morrow, 🙂 naïve 日本!";
            TokenStream stream = tokenizer.stream(false);
            StringBuilder streamed = new StringBuilder();

            for (int id : tokenizer.encode(text, false)) {
                String piece = stream.accept(id);
                assertThat(piece).doesNotContain("\uFFFD");
                streamed.append(piece);
            }

            assertThat(streamed.append(stream.finish())).hasToString(text);
        }
    }

    @Test
    void a_stream_that_ends_within_a_character_shows_that_at_the_end() {
        try (Tokenizer tokenizer = TinyLlama.tokenizer()) {
            TokenStream stream = tokenizer.stream(false);
            int[] smile = tokenizer.encode("🙂", false);

            assertThat(stream.accept(smile[0])).isEmpty();

            assertThat(stream.finish()).isEqualTo("\uFFFD");
            assertThat(stream.finish()).isEmpty();
        }
    }

    @Test
    void a_folder_with_only_a_sentence_piece_file_is_named_with_what_to_do() throws IOException {
        write("tokenizer.model", "not read");

        assertThatThrownBy(() -> Tokenizer.open(folder))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("E_TOKENIZER")
                .hasMessageContaining("only the SentencePiece file tokenizer.model")
                .hasMessageContaining("AutoTokenizer.from_pretrained");
    }

    @Test
    void a_folder_that_is_not_there_is_named() {
        assertThatThrownBy(() -> Tokenizer.open(folder.resolve("no-such")))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("there is no folder " + folder.resolve("no-such"));
    }

    @Test
    void a_broken_tokenizer_is_refused() throws IOException {
        for (String broken : new String[] {"", "{", "[]", "null", "{}", "[".repeat(100_000)}) {
            write("tokenizer.json", broken);

            assertThatThrownBy(() -> Tokenizer.open(folder))
                    .isInstanceOf(GraftException.class)
                    .hasMessageContaining("E_TOKENIZER")
                    .hasMessageContaining("tokenizer.json cannot be read");
        }
    }

    @Test
    void a_broken_file_beside_it_is_named() throws IOException {
        copyTokenizer();
        for (String broken : new String[] {"{\n\"eos_token\": }", "[]", "[".repeat(100_000)}) {
            write("tokenizer_config.json", broken);

            assertThatThrownBy(() -> Tokenizer.open(folder))
                    .isInstanceOf(GraftException.class)
                    .hasMessageContaining("tokenizer_config.json cannot be read");
        }
    }

    @Test
    void a_tokenizer_larger_than_the_models_vocabulary_is_refused() throws IOException {
        copyTokenizer();
        write("config.json", "{\"vocab_size\": 4095}");

        assertThatThrownBy(() -> Tokenizer.open(folder))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("has ids up to 4095, but config.json says vocab_size 4095");
    }

    @Test
    void a_special_token_outside_the_vocabulary_is_refused() throws IOException {
        copyTokenizer();
        write("config.json", "{\"eos_token_id\": 4096}");

        assertThatThrownBy(() -> Tokenizer.open(folder))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("eos_token_id 4096");
    }

    private void copyTokenizer() throws IOException {
        Files.copy(TinyLlama.folder().resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }
}
