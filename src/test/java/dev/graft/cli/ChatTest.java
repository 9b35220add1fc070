package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint's own chat template, from training data to an answer. */
class ChatTest {
    private static final Path EMBEDDED =
            Path.of(System.getProperty("graft.home")).resolve("samples/checkpoints/tiny-llama");

    @TempDir
    private static Path folder;

    private static Path base;
    private static Path data;

    @BeforeAll
    static void a_base_with_a_template() throws IOException {
        base = Files.createDirectory(folder.resolve("base"));
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(EMBEDDED.resolve(file), base.resolve(file));
        }
        Files.writeString(
                base.resolve("chat_template.jinja"),
                "{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}\n{% endfor %}"
                        + "{% if add_generation_prompt %}assistant: {% endif %}");
        data = Files.writeString(
                folder.resolve("data.json"),
                "[{\"instruction\": \"Name a king\", \"input\": \"\", \"output\": \"Richard\", \"answer\": \"Richard\"},"
                        + "{\"instruction\": \"Name a queen\", \"input\": \"\", \"output\": \"Anne\"}]");
    }

    @Test
    void run_trains_on_what_the_template_makes_of_the_data() {
        // given
        Graft plain = run("plain");
        Graft chat = run("chat", "--chat");

        // then: other texts, so another loss of the untouched model
        assertThat(plain.exitCode()).as(plain.err()).isZero();
        assertThat(chat.exitCode()).as(chat.err()).isZero();
        assertThat(firstValidation(chat)).isNotEqualTo(firstValidation(plain));
        assertThat(firstValidation(chat))
                .isEqualTo(firstValidation(run("same", "--template", "user: {instruction}</s>\\nassistant: ")));
    }

    @Test
    void eval_and_generate_take_it_too() {
        Graft eval = Graft.run("eval", "--base", base, "--data", data, "--chat");
        assertThat(eval.exitCode()).as(eval.err()).isZero();
        Graft answer = Graft.run("generate", "--base", base, "--chat", "--prompt", "Name a king", "--tokens", "5");
        assertThat(answer.exitCode()).as(answer.err()).isZero();
        assertThat(answer.out()).isNotEmpty();
    }

    @Test
    void it_is_refused_where_there_is_none_and_where_it_makes_no_sense() {
        assertThat(Graft.run("generate", "--base", "tiny-llama", "--chat", "--prompt", "x")
                        .err())
                .contains("[E_TEMPLATE] the checkpoint has no chat template");
        assertThat(run("both", "--chat", "--template", "{instruction}").err())
                .contains("[E_USAGE] --chat and --template both say how to make a prompt");
        Path text = EMBEDDED.resolve("../../data/shakespeare/validation.txt");
        assertThat(Graft.run("eval", "--base", base, "--data", text, "--chat").err())
                .contains("is plain text, which needs no prompt");
    }

    private static Graft run(String name, String... options) {
        List<Object> words = new java.util.ArrayList<>(List.of(
                "run", "plain-lora", "--base", base, "--steps", "1", "--threads", "1", "--out", folder.resolve(name)));
        words.addAll(List.of(options));
        words.addAll(List.of("--data", data, "--validation", data));
        return Graft.run(words.toArray());
    }

    private static String firstValidation(Graft run) {
        return run.err()
                .lines()
                .filter(line -> line.startsWith("validation before"))
                .findFirst()
                .orElseThrow();
    }
}
