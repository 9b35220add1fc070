package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo at small scale, and what can be asked of the adapter that it leaves. */
class WholeLineTest {
    private static final Path HOME = Path.of(System.getProperty("graft.home"));
    private static final String VALIDATION =
            HOME.resolve("samples/data/shakespeare/validation.txt").toString();

    @TempDir
    private static Path folder;

    private static Graft demo;

    @BeforeAll
    static void run_the_demo() {
        demo = Graft.run("demo", "--steps", "4", "--out", run());
    }

    private static String run() {
        return folder.resolve("run").toString();
    }

    @Test
    void the_demo_plans_writes_trains_and_measures() {
        assertThat(demo.exitCode()).as(demo.err()).isZero();
        assertThat(demo.out())
                .contains("surgery adamoe", "trainable params: ", "AdamoeModel.java", "load of layers 0 to 5: ")
                .containsPattern("validation perplexity: \\d+\\.\\d before, \\d+\\.\\d after")
                .containsPattern("untouched +\\d\\.\\d{3} ")
                .containsPattern("the demo took \\d+ seconds");
        assertThat(demo.err()).contains("validation before the first step: ", "validation after step 4: ");
        assertThat(folder.resolve("run"))
                .isDirectoryContaining("glob:**/adapter.safetensors")
                .isDirectoryContaining("glob:**/plan.json")
                .isDirectoryContaining("glob:**/metrics.jsonl")
                .isDirectoryContaining("glob:**/report.html")
                .isDirectoryContaining("glob:**/README.md");
        assertThat(folder.resolve("run/project/pom.xml")).exists();
    }

    @Test
    void the_demos_are_named_in_the_help_and_in_a_refusal() {
        assertThat(Graft.run("demo", "--help").out()).contains("Which one: adamoe");
        Graft unknown = Graft.run("demo", "adamo");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err()).contains("[E_USAGE] there is no demo 'adamo'", "nearest: adamoe");
    }

    @Test
    void the_demo_does_not_replace_a_folder_that_it_was_not_told_to() {
        Graft again = Graft.run("demo", "--steps", "4", "--out", run());
        assertThat(again.exitCode()).isEqualTo(2);
        assertThat(again.err()).contains("[E_EXISTS]", "--overwrite");
    }

    @Test
    void eval_measures_the_base_and_another_loss_with_the_adapter() {
        // given
        String[] windows = {"--data", VALIDATION, "--first", "100", "--length", "128"};

        // when
        Graft base = Graft.run((Object[]) with(windows, "eval", "--base", "tiny-llama"));
        Graft adapted = Graft.run((Object[]) with(windows, "eval", "--base", "tiny-llama", "--adapter", run()));

        // then
        assertThat(base.out()).contains("12700").doesNotContain("load");
        assertThat(adapted.out()).contains("12700", "true experts per token");
        assertThat(meanLoss(adapted)).isNotEqualTo(meanLoss(base));
    }

    @Test
    void generate_writes_the_same_text_for_the_same_seed() {
        String[] words = {"--prompt", "Enter the king", "--tokens", "12", "--temperature", "0.8", "--seed", "5"};
        Graft once = Graft.run((Object[]) with(words, "generate", "--base", "tiny-llama", "--adapter", run()));
        Graft twice = Graft.run((Object[]) with(words, "generate", "--base", "tiny-llama", "--adapter", run()));
        assertThat(once.exitCode()).as(once.err()).isZero();
        assertThat(once.out()).isNotBlank().isEqualTo(twice.out());
    }

    @Test
    void an_adapter_is_refused_on_a_base_that_differs_in_one_setting() throws IOException {
        // given
        Path embedded = HOME.resolve("samples/checkpoints/tiny-llama");
        Path other = Files.createDirectory(folder.resolve("other-base"));
        for (String file : List.of("model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(embedded.resolve(file), other.resolve(file));
        }
        Files.writeString(
                other.resolve("config.json"),
                Files.readString(embedded.resolve("config.json"))
                        .replace("\"rope_theta\": 10000.0", "\"rope_theta\": 20000.0"));

        // when
        Graft refused = Graft.run("generate", "--base", other, "--adapter", run(), "--prompt", "x");
        Graft merge = Graft.run("merge", "--base", other, "--adapter", run(), "--out", folder.resolve("of-other"));

        // then
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("[E_BASE_MISMATCH]");
        assertThat(merge.exitCode()).isEqualTo(2);
        assertThat(merge.err()).contains("[E_BASE_MISMATCH]");
    }

    @Test
    void an_adapter_is_refused_on_a_base_whose_weights_changed_since() throws IOException {
        Path base = Files.createDirectory(folder.resolve("changed-base"));
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
            Files.copy(HOME.resolve("samples/checkpoints/tiny-llama").resolve(file), base.resolve(file));
        }
        byte[] weights = Files.readAllBytes(base.resolve("model.safetensors"));
        weights[weights.length - 2] ^= 1;
        Files.write(base.resolve("model.safetensors"), weights);

        Graft refused = Graft.run("generate", "--base", base, "--adapter", run(), "--prompt", "x");

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("[E_BASE_MISMATCH]", "have other values");
    }

    @Test
    void a_mixture_cannot_be_merged_and_a_spec_without_null_experts_patches_nothing() {
        Graft merge = Graft.run("merge", "--base", "tiny-llama", "--adapter", run(), "--out", folder.resolve("merged"));
        assertThat(merge.exitCode()).isEqualTo(2);
        assertThat(merge.err()).contains("[E_UNMERGEABLE]", "the router weighs the experts anew");
        assertThat(folder.resolve("merged")).doesNotExist();

        Graft patch = Graft.run("patch", "plain-lora", "--out", folder.resolve("patched"));
        assertThat(patch.exitCode()).isEqualTo(2);
        assertThat(patch.err()).contains("[E_NOTHING_TO_PATCH]");
        assertThat(folder.resolve("patched")).doesNotExist();
    }

    @Test
    void a_run_leaves_nothing_unfinished() {
        assertThat(Files.exists(folder.resolve("run.partial"))).isFalse();
    }

    private static String meanLoss(Graft eval) {
        return eval.out()
                .lines()
                .filter(line -> line.startsWith("mean loss"))
                .findFirst()
                .orElseThrow();
    }

    private static String[] with(String[] more, String... words) {
        String[] all = java.util.Arrays.copyOf(words, words.length + more.length);
        System.arraycopy(more, 0, all, words.length, more.length);
        return all;
    }
}
