package dev.graft.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Spec;
import dev.graft.issue.GraftException;
import dev.graft.samples.AdaMoeMixtral;
import dev.graft.samples.AdaMoeMoLora;
import dev.graft.samples.PlainLora;
import dev.graft.surgery.Surgeon;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HtmlReportTest {
    private static final String SITE = "model.layers.0.self_attn.q_proj";

    @Test
    void the_page_needs_nothing_from_elsewhere() {
        String page = HtmlReport.of(run(new AdaMoeMoLora(), "ROMEO"));

        assertThat(page)
                .startsWith("<!DOCTYPE html>")
                .doesNotContain("http:", "https:", "src=", "href=", "@import", "<script");
    }

    @Test
    void text_from_the_data_is_only_text() {
        String page = HtmlReport.of(run(new AdaMoeMoLora(), "<img onerror='x()' a=\"b\">&\u0000"));

        assertThat(page)
                .contains("&lt;img onerror=&#39;x()&#39; a=&quot;b&quot;&gt;&amp;\uFFFD")
                .doesNotContain("<img");
    }

    @Test
    void shows_the_change_the_load_and_the_plan() {
        String page = HtmlReport.of(run(new AdaMoeMoLora(), "ROMEO"));

        assertThat(page)
                .contains("5.391 → 4.800", "219.4 → 121.5")
                .contains("layer 0", "width:37.5%", "left:45.0%", ">1.50<")
                .contains("expert 0: 60.0 %", "null 4: 10.0 %")
                .contains("--shade:0.00", "--shade:1.00")
                .contains("surgery adamoe", "trainable params: 252,672");
    }

    @Test
    void shows_what_the_load_saved_by_epoch_and_that_a_router_collapsed() {
        String page = HtmlReport.of(run(new AdaMoeMoLora(), "ROMEO"));

        assertThat(page)
                .contains("FLOPs saved</span>", "13.5%")
                .contains("By epoch", "<td>2.00</td>", "<td>3.00</td>", "<td>10.0%</td>", "<td>20.0%</td>")
                .contains("Step 2: the router of layer 0, " + SITE + ", has collapsed: for 2 steps no tokens for"
                        + " expert_1; nearly all for expert_0.");
    }

    @Test
    void shows_the_experts_of_the_middle_layer_by_task_or_those_of_the_layer_that_is_asked_for() {
        String middle = HtmlReport.of(run(new AdaMoeMoLora(), "ROMEO"));
        String asked = HtmlReport.of(run(new AdaMoeMoLora(), "ROMEO"), List.of(2));

        assertThat(middle)
                .contains("Layer 1", "site.1", "<th>piqa</th>", "<th>boolq</th>", "<th>null 0</th>")
                .contains("--shade:1.00\">0.90</td>", "--shade:0.11\">0.10</td>")
                .doesNotContain("site.2");
        assertThat(asked).contains("Layer 2", "site.2").doesNotContain("site.1");
        assertThatThrownBy(() -> HtmlReport.of(run(new AdaMoeMoLora(), "ROMEO"), List.of(3)))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_LAYER] no routing by task was measured in layer 3")
                .hasMessageContaining("[0, 1, 2]");
    }

    @Test
    void an_encoder_and_a_decoder_each_show_their_middle_layer() throws IOException {
        String tasks = """
                {"mean":0.5,"encoder_layers":2,"datasets":[{"dataset":"piqa","median":0.55,"chance":0.5,"layers":[%s]}]}""".formatted(java.util.stream.IntStream.range(0, 6)
                .mapToObj(layer -> "{\"layer\":" + layer + ",\"load\":1,\"groups\":[{\"group\":\"g\",\"sites\":"
                        + "[\"site." + layer + "\"],\"nulls\":0,\"load\":[1],\"share\":[[1,1]],"
                        + "\"probability\":[[0.25,0.75]],\"entropy\":[0.5]}]}")
                .collect(java.util.stream.Collectors.joining(",")));

        String page = TaskPages.html(new ObjectMapper().readTree(tasks), List.of());

        assertThat(page)
                .contains("Encoder layer 1", "site.1", "Decoder layer 2", "site.4", ">0.75<", "55.0%")
                .doesNotContain("site.0", "site.2", "site.3", "site.5");
    }

    @Test
    void a_plan_without_routers_has_no_load_section() {
        String page = HtmlReport.of(run(new PlainLora(), "ROMEO"));

        assertThat(page).contains("surgery plain-lora").doesNotContain("By expert");
    }

    @Test
    void shows_the_load_of_moe_blocks_in_a_bounded_width() {
        Path base = Path.of(System.getProperty("graft.home"), "samples/checkpoints/tiny-mixtral");
        List<Double> share = java.util.Collections.nCopies(16, 3.0 / 16);
        Metrics.Layer layer =
                new Metrics.Layer(0, 1.5, List.of(new Metrics.RoutedSite("experts", 8, 1.5, share, share, 2.5)));
        RunRecord run = new RunRecord(
                Surgeon.plan(new AdaMoeMixtral().define(), Checkpoint.open(base)),
                new Metrics(
                        java.util.Map.of(),
                        List.of(),
                        List.of(new Metrics.Validation(2, 4.8, 121.5, 1.5, 0.14, List.of(layer), List.of())),
                        List.of(),
                        List.of(),
                        java.util.Map.of()));

        String page = HtmlReport.of(run);

        // 1.5 of at most 3 true experts
        assertThat(page)
                .contains("of the layer&#39;s MoE block", "width:50.0%", "experts · 1.50")
                .contains("expert 7: 18.8 %", "null 7: 18.8 %");
    }

    @Test
    void the_same_files_give_the_same_page() {
        assertThat(HtmlReport.of(run(new AdaMoeMoLora(), "ROMEO")))
                .isEqualTo(HtmlReport.of(run(new AdaMoeMoLora(), "ROMEO")));
    }

    @Test
    void the_model_card_names_base_results_and_use() {
        RunRecord run = run(new AdaMoeMoLora(), "ROMEO");
        String card = ModelCard.of(run);

        assertThat(card)
                .startsWith("# adamoe\n")
                .contains(
                        "frozen llama of 6 layers",
                        "have the SHA-256 `" + run.plan().base().headersHash())
                .contains("- Trained on a\\|b.txt: 96 examples, 4608 tokens\n", "surgery adamoe")
                .contains("| base | 5.3910 | 219.42 | 1.800 |", "| after 2 steps | 4.8000 | 121.51 | 1.500 |")
                .contains("graft generate --base BASE_FOLDER --adapter THIS_FOLDER")
                .contains("| machine cpu | a \\| b |");
    }

    /** Two steps and a validation before and after them, on the embedded checkpoint. */
    private static RunRecord run(Spec spec, String token) {
        Path base = Path.of(System.getProperty("graft.home"), "samples/checkpoints/tiny-llama");
        List<Metrics.Step> steps = new ArrayList<>();
        for (int i = 1; i <= 2; i++) {
            List<Metrics.Trace> layers = List.of(new Metrics.Trace(0, 1.0 + i, 0.5));
            steps.add(new Metrics.Step(
                    i, i - 1, 5.0 / i, Double.NaN, 1e-3, 1, 100, 0.5, 4000, 1.7, 0.1 * i, false, layers));
        }
        return new RunRecord(
                Surgeon.plan(spec.define(), Checkpoint.open(base)),
                new Metrics(
                        java.util.Map.of(
                                "machine.cpu",
                                "a | b",
                                "data.training.examples",
                                "96",
                                "data.training.tokens",
                                "4608",
                                "data.training_files",
                                "a|b.txt"),
                        steps,
                        List.of(validation(0, 5.391, 219.42, 1.8), validation(2, 4.8, 121.51, 1.5)),
                        List.of(new Metrics.Collapse(2, 0, SITE, 2, List.of("expert_1"), List.of("expert_0"))),
                        List.of(new Metrics.Passage(2, List.of(token, " and", " Juliet"), List.of(1.0, 2.0, 1.5))),
                        java.util.Map.of()));
    }

    private static Metrics.Validation validation(int step, double loss, double perplexity, double load) {
        List<Double> share = List.of(0.6, 0.4, 0.3, 0.2, 0.5, 0.5, 0.5, 0.9, 0.1);
        Metrics.RoutedSite site = new Metrics.RoutedSite(SITE, 5, load, share, share, 0.5);
        List<Metrics.Layer> layers = List.of(new Metrics.Layer(0, load, List.of(site)));
        return new Metrics.Validation(
                step, loss, perplexity, load, 0.135, layers, List.of(task("piqa"), task("boolq")));
    }

    /** Layers 0 to 2, of which the middle one is sure of another expert for each task. */
    private static Metrics.TaskRouting task(String name) {
        List<Metrics.Layer> layers = new ArrayList<>();
        for (int layer = 0; layer < 3; layer++) {
            double sure = layer == 1 ? 0.9 : 0.5;
            List<Double> probability = name.equals("piqa") ? List.of(sure, 1 - sure) : List.of(1 - sure, sure);
            layers.add(new Metrics.Layer(
                    layer,
                    2,
                    List.of(new Metrics.RoutedSite("site." + layer, 1, 2, List.of(1.0, 1.0), probability, 0.4))));
        }
        return new Metrics.TaskRouting(name, layers);
    }
}
