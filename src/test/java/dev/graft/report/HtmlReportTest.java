package dev.graft.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Spec;
import dev.graft.samples.AdaMoeMixtral;
import dev.graft.samples.AdaMoeMoLora;
import dev.graft.samples.PlainLora;
import dev.graft.surgery.Surgeon;
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
    void a_plan_without_routers_has_no_load_section() {
        String page = HtmlReport.of(run(new PlainLora(), "ROMEO"));

        assertThat(page).contains("surgery plain-lora").doesNotContain("By expert");
    }

    @Test
    void shows_the_load_of_moe_blocks_in_a_bounded_width() {
        Path base = Path.of(System.getProperty("graft.home"), "samples/checkpoints/tiny-mixtral");
        List<Double> share = java.util.Collections.nCopies(16, 3.0 / 16);
        Metrics.Layer layer = new Metrics.Layer(0, 1.5, List.of(new Metrics.RoutedSite("experts", 1.5, share, share)));
        RunRecord run = new RunRecord(
                Surgeon.plan(new AdaMoeMixtral().define(), Checkpoint.open(base)),
                new Metrics(
                        java.util.Map.of(),
                        List.of(),
                        List.of(new Metrics.Validation(2, 4.8, 121.5, 1.5, List.of(layer))),
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
        String card = ModelCard.of(run(new AdaMoeMoLora(), "ROMEO"));

        assertThat(card)
                .startsWith("# adamoe\n")
                .contains("frozen llama of 6 layers")
                .contains("| base | 5.3910 | 219.42 | 1.800 |", "| after 2 steps | 4.8000 | 121.51 | 1.500 |")
                .contains("graft generate --base BASE_FOLDER --adapter THIS_FOLDER")
                .contains("| machine cpu | a \\| b |");
    }

    /** Two steps and a validation before and after them, on the embedded checkpoint. */
    private static RunRecord run(Spec spec, String token) {
        Path base = Path.of(System.getProperty("graft.home"), "samples/checkpoints/tiny-llama");
        List<Metrics.Step> steps = new ArrayList<>();
        for (int i = 1; i <= 2; i++) {
            steps.add(new Metrics.Step(i, 5.0 / i, Double.NaN, 1e-3, 1, 0.5, 4000, 1.7, false));
        }
        return new RunRecord(
                Surgeon.plan(spec.define(), Checkpoint.open(base)),
                new Metrics(
                        java.util.Map.of("machine.cpu", "a | b"),
                        steps,
                        List.of(validation(0, 5.391, 219.42, 1.8), validation(2, 4.8, 121.51, 1.5)),
                        List.of(new Metrics.Passage(2, List.of(token, " and", " Juliet"), List.of(1.0, 2.0, 1.5))),
                        java.util.Map.of()));
    }

    private static Metrics.Validation validation(int step, double loss, double perplexity, double load) {
        List<Double> share = List.of(0.6, 0.4, 0.3, 0.2, 0.5, 0.5, 0.5, 0.9, 0.1);
        Metrics.RoutedSite site = new Metrics.RoutedSite(SITE, load, share, share);
        return new Metrics.Validation(step, loss, perplexity, load, List.of(new Metrics.Layer(0, load, List.of(site))));
    }
}
