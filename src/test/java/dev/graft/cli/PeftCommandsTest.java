package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.checkpoint.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Adapters in and out of PEFT's format, on the command line. */
class PeftCommandsTest {
    private static final Path HOME = Path.of(System.getProperty("graft.home"));
    private static final Path PEFT = HOME.resolve("src/test/resources/peft");
    private static final Path VALIDATION = HOME.resolve("samples/data/shakespeare/validation.txt");

    @TempDir
    private Path folder;

    /** The logits are those of real PEFT; the tolerances those of all goldens. */
    @ParameterizedTest
    @CsvSource({
        "lora, tiny-llama",
        "rslora, tiny-llama",
        "ia3, tiny-llama",
        "t5-lora, tiny-t5",
        "t5-ia3, tiny-t5",
        "mixtral-attention, tiny-mixtral"
    })
    void an_imported_adapter_gives_the_logits_that_peft_computes(String kind, String base) {
        Graft imported = imported(base, kind);

        Graft parity = Graft.run(
                "parity",
                HOME.resolve("samples/checkpoints").resolve(base),
                "--adapter",
                folder.resolve(kind),
                "--golden",
                PEFT.resolve(kind),
                "--threads",
                "1");

        assertThat(imported.exitCode()).as(imported.err()).isZero();
        assertThat(parity.exitCode()).as(parity.out() + parity.err()).isZero();
        assertThat(parity.out()).contains("ok     logits ", "ok     bf16.logits ", "within tolerance");
        assertThat(Graft.run(
                                "parity",
                                HOME.resolve("samples/checkpoints").resolve(base),
                                "--golden",
                                PEFT.resolve(kind))
                        .exitCode())
                .as("the base alone has other logits")
                .isEqualTo(1);
    }

    @Test
    void an_imported_adapter_is_measured_generated_with_merged_and_exported_again() {
        imported("tiny-llama", "lora");
        Path adapter = folder.resolve("lora");
        Object[] data = {"--data", VALIDATION, "--first", "10", "--length", "64"};

        Graft base = Graft.run(with(data, "eval", "--base", "tiny-llama"));
        Graft adapted = Graft.run(with(data, "eval", "--base", "tiny-llama", "--adapter", adapter));
        Graft text = Graft.run(
                "generate", "--base", "tiny-llama", "--adapter", adapter, "--prompt", "Enter", "--tokens", "4");
        Graft merge =
                Graft.run("merge", "--base", "tiny-llama", "--adapter", adapter, "--out", folder.resolve("merged"));
        Graft export =
                Graft.run("export", "--base", "tiny-llama", "--adapter", adapter, "--out", folder.resolve("exported"));

        assertThat(adapted.exitCode()).as(adapted.err()).isZero();
        assertThat(adapted.out()).contains("mean loss").isNotEqualTo(base.out());
        assertThat(text.exitCode()).as(text.err()).isZero();
        assertThat(merge.out()).contains("14 of ");
        assertThat(export.out()).contains("14 modules, in PEFT's format");
        SafetensorsFile written = SafetensorsFile.open(folder.resolve("exported/adapter_model.safetensors"));
        SafetensorsFile peft = SafetensorsFile.open(PEFT.resolve("lora/adapter_model.safetensors"));
        assertThat(written.tensors().keySet())
                .containsExactlyInAnyOrderElementsOf(peft.tensors().keySet());
        peft.tensors()
                .keySet()
                .forEach(name -> assertThat(written.floats(name)).as(name).isEqualTo(peft.floats(name)));
    }

    @Test
    void an_adapter_of_peft_in_place_of_a_run_is_told_how_to_become_one() {
        Graft refused =
                Graft.run("eval", "--base", "tiny-llama", "--adapter", PEFT.resolve("lora"), "--data", VALIDATION);

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("[E_ADAPTER]", "PEFT's format", "graft import --base");
    }

    @Test
    void what_can_not_be_translated_leaves_nothing_behind() throws IOException {
        Path dora = Files.createDirectory(folder.resolve("dora"));
        Files.writeString(
                dora.resolve("adapter_config.json"),
                Files.readString(PEFT.resolve("lora/adapter_config.json"))
                        .replace("\"use_dora\": false", "\"use_dora\": true"));
        Files.copy(PEFT.resolve("lora/adapter_model.safetensors"), dora.resolve("adapter_model.safetensors"));

        Graft refused = Graft.run("import", "--base", "tiny-llama", "--adapter", dora, "--out", folder.resolve("out"));

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("[E_PEFT]", "use_dora is true");
        assertThat(folder).isDirectoryNotContaining("glob:**/out*");
    }

    @Test
    void a_folder_that_is_there_is_left_as_it_is() throws IOException {
        Files.createDirectory(folder.resolve("lora"));
        Files.writeString(folder.resolve("lora/own.txt"), "own");

        Graft refused = imported("tiny-llama", "lora");

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("[E_EXISTS]");
        assertThat(folder.resolve("lora/own.txt")).hasContent("own");
    }

    private Graft imported(String base, String kind) {
        return Graft.run("import", "--base", base, "--adapter", PEFT.resolve(kind), "--out", folder.resolve(kind));
    }

    private static Object[] with(Object[] more, Object... words) {
        return java.util.stream.Stream.concat(java.util.Arrays.stream(words), java.util.Arrays.stream(more))
                .toArray();
    }
}
