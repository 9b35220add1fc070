package dev.graft.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.dsl.BlockKind;
import dev.graft.dsl.Role;
import dev.graft.dsl.Stack;
import dev.graft.issue.GraftException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CatalogTest {
    private static final Path LLAMA =
            Path.of(System.getProperty("graft.home", "."), "catalog/src/main/resources/dev/graft/catalog/llama.json");

    @Test
    void every_file_of_the_folder_is_an_architecture() {
        assertThat(Catalog.standard().modelTypes())
                .containsExactly("llama", "mistral", "mixtral", "olmoe", "qwen2", "qwen2_moe", "t5");
    }

    @Test
    void unknown_model_type_is_refused_with_the_nearest_known() {
        assertThatThrownBy(() -> Catalog.standard().architecture("qwen"))
                .isInstanceOf(GraftException.class)
                .hasMessage("""
                        [E_ARCHITECTURE] config.json's model_type 'qwen' is unknown; known are llama, mistral, mixtral, olmoe, qwen2, qwen2_moe, t5
                          nearest: qwen2
                          fix: a dense Llama-like architecture is one JSON file in the catalog and no Java""");
    }

    @Test
    void modules_have_the_published_names() {
        Architecture llama = Catalog.standard().architecture("llama");

        assertThat(llama.module(Stack.DECODER, 3, BlockKind.ATTENTION, Role.Q))
                .isEqualTo("model.layers.3.self_attn.q_proj");
        assertThat(llama.module(Stack.DECODER, 0, BlockKind.FFN, Role.HIDDEN)).isEqualTo("model.layers.0.mlp.act_fn");
    }

    @Test
    void field_that_does_not_exist_is_refused() throws IOException {
        String json = Files.readString(LLAMA).replace("\"finalNorm\"", "\"lastNorm\"");

        assertThatThrownBy(() -> Catalog.parse("llama.json", json))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_CATALOG] llama.json: ")
                .hasMessageContaining("finalNorm");
    }

    @Test
    void missing_field_is_refused() throws IOException {
        String json = Files.readString(LLAMA).replaceFirst("\"ignored\":.*", "\"window\": null");

        assertThatThrownBy(() -> Catalog.parse("llama.json", json.replaceFirst("\"window\": null,", "")))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("ignored");
    }

    @Test
    void own_architecture_joins_the_catalog() throws IOException {
        Architecture own = Catalog.parse("own.json", Files.readString(LLAMA).replace("\"llama\"", "\"own\""));

        Catalog catalog = Catalog.standard().with(own);

        assertThat(catalog.architecture("own").attention())
                .isEqualTo(Catalog.standard().architecture("llama").attention());
        assertThat(Catalog.standard().modelTypes()).doesNotContain("own");
    }
}
