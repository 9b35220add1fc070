package dev.graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {

    @Test
    void shows_the_dimensions_and_the_tensors_summarised() {
        Graft inspected = Graft.run("inspect", "tiny-llama");

        assertThat(inspected.exitCode()).isZero();
        assertThat(inspected.out())
                .contains(
                        "model type: llama",
                        "layers: 6, hidden size 192, FFN 512",
                        "6 heads of 32, 2 of keys and values")
                .contains("parameters: 3,148,224 (BF16), 6,296,448 bytes in 1 file", "tokenizer.json: there")
                .containsPattern("model\\.layers\\.\\*\\.self_attn\\.k_proj\\.weight +BF16 +\\[64, 192] +x 6");
    }

    @Test
    void json_has_the_same_numbers() throws IOException {
        JsonNode json = new ObjectMapper()
                .readTree(Graft.run("inspect", "tiny-llama", "--json").out());

        assertThat(json.path("parameters").asLong()).isEqualTo(3_148_224);
        assertThat(json.path("shape").path("layers").asInt()).isEqualTo(6);
        assertThat(json.path("tensors").findValuesAsText("name")).contains("model.norm.weight");
    }

    @Test
    void an_unknown_architecture_is_shown_all_the_same_with_the_nearest_known(@TempDir Path folder) throws IOException {
        Path tiny = Path.of(System.getProperty("graft.home"), "samples/checkpoints/tiny-llama");
        Files.copy(tiny.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        String config = Files.readString(tiny.resolve("config.json"));
        Files.writeString(folder.resolve("config.json"), config.replace("\"llama\"", "\"lama\""));

        Graft inspected = Graft.run("inspect", folder);

        assertThat(inspected.exitCode()).isZero();
        assertThat(inspected.out()).contains("model type: lama", "tokenizer.json: missing", "model.norm.weight");
        assertThat(inspected.err()).contains("[E_ARCHITECTURE]", "nearest: llama");
    }

    @Test
    void a_misspelt_embedded_checkpoint_names_the_nearest() {
        Graft misspelt = Graft.run("inspect", "tiny-lama");

        assertThat(misspelt.exitCode()).isEqualTo(2);
        assertThat(misspelt.err()).contains("[E_NOT_FOUND]", "nearest: tiny-llama");
    }
}
