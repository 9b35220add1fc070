package dev.graft.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.issue.GraftException;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsTest {

    @Test
    void a_step_without_loss_is_not_a_number() {
        Metrics metrics = Metrics.parse(
                "metrics.jsonl",
                List.of(
                        "{\"kind\":\"step\",\"step\":7,\"loss\":null,\"norm\":null,\"rate\":0.1,\"skipped\":true}",
                        "{\"kind\":\"step\",\"step\":8,\"loss\":1.5,\"load\":1.25,\"tokens_per_s\":300}"));

        assertThat(metrics.steps()).hasSize(2);
        assertThat(metrics.steps().get(0).loss()).isNaN();
        assertThat(metrics.steps().get(0).skipped()).isTrue();
        assertThat(metrics.steps().get(1).loss()).isEqualTo(1.5);
        assertThat(metrics.steps().get(1).load()).isEqualTo(1.25);
        assertThat(metrics.steps().get(1).tokensPerSecond()).isEqualTo(300);
    }

    @Test
    void the_untouched_model_is_before_and_the_last_validation_after() {
        Metrics metrics = Metrics.parse(
                "metrics.jsonl",
                List.of(
                        "{\"kind\":\"validation\",\"step\":0,\"loss\":5.0,\"perplexity\":148.4}",
                        "{\"kind\":\"validation\",\"step\":10,\"loss\":4.5,\"perplexity\":90.0}",
                        "{\"kind\":\"validation\",\"step\":20,\"loss\":4.25,\"perplexity\":70.1}"));

        assertThat(metrics.before()).map(Metrics.Validation::loss).contains(5.0);
        assertThat(metrics.after()).map(Metrics.Validation::loss).contains(4.25);
    }

    @Test
    void the_sites_of_a_group_are_read_one_by_one() {
        Metrics metrics = Metrics.parse("metrics.jsonl", List.of("""
                {"kind":"validation","step":0,"loss":5.0,"layers":[{"layer":3,"load":1.5,"groups":[
                  {"group":"attention_input","sites":["l.q","l.v"],"nulls":1,"load":[1.0,2.0],
                   "share":[[0.5,0.5],[1.0,1.0]],"probability":[[0.4,0.6],[0.7,0.3]],"entropy":[0.67,0.61]}]}]}""".replace("\n", "")));

        assertThat(metrics.validations().get(0).layers())
                .containsExactly(new Metrics.Layer(
                        3,
                        1.5,
                        List.of(
                                new Metrics.RoutedSite("l.q", 1, 1.0, List.of(0.5, 0.5), List.of(0.4, 0.6), 0.67),
                                new Metrics.RoutedSite("l.v", 1, 2.0, List.of(1.0, 1.0), List.of(0.7, 0.3), 0.61))));
    }

    @Test
    void a_step_tells_each_layers_load_and_the_mean_entropy_of_its_routers() {
        Metrics metrics = Metrics.parse("metrics.jsonl", List.of("""
                {"kind":"step","step":4,"epoch":1,"tokens":90,"flops":{"per_token":7,"saved":0.25},"layers":[
                  {"layer":2,"load":1.5,"groups":[
                    {"group":"a","sites":["q","v"],"load":[1,2],"share":[[1],[1]],"probability":[[1],[1]],"entropy":[0.5,1.0]},
                    {"group":"b","sites":["o"],"load":[1],"share":[[1]],"probability":[[1]],"entropy":[0.0]}]}]}""".replace("\n", "")));

        Metrics.Step step = metrics.steps().get(0);
        assertThat(step.epoch()).isEqualTo(1);
        assertThat(step.tokens()).isEqualTo(90);
        assertThat(step.saved()).isEqualTo(0.25);
        assertThat(step.layers()).containsExactly(new Metrics.Trace(2, 1.5, 0.5));
    }

    @Test
    void tasks_and_collapsed_routers_are_read() {
        Metrics metrics = Metrics.parse(
                "metrics.jsonl",
                List.of(
                        "{\"kind\":\"validation\",\"step\":0,\"loss\":5.0,\"tasks\":[{\"task\":\"piqa\",\"layers\":"
                                + "[{\"layer\":1,\"load\":2.0,\"groups\":[]}]}]}",
                        "{\"kind\":\"collapse\",\"step\":30,\"layer\":1,\"site\":\"q\",\"steps\":20,"
                                + "\"without_tokens\":[\"expert_0\"],\"nearly_all\":[]}"));

        assertThat(metrics.validations().get(0).tasks())
                .containsExactly(new Metrics.TaskRouting("piqa", List.of(new Metrics.Layer(1, 2.0, List.of()))));
        assertThat(metrics.collapses())
                .containsExactly(new Metrics.Collapse(30, 1, "q", 20, List.of("expert_0"), List.of()));
    }

    @Test
    void nested_settings_get_dotted_names_and_unknown_kinds_are_passed_over() {
        Metrics metrics = Metrics.parse(
                "metrics.jsonl",
                List.of(
                        "{\"kind\":\"start\",\"steps\":5,\"machine\":{\"cpu\":\"two\",\"threads\":2}}",
                        "{\"kind\":\"weather\",\"rain\":true}"));

        assertThat(metrics.start())
                .containsEntry("steps", "5")
                .containsEntry("machine.cpu", "two")
                .containsEntry("machine.threads", "2")
                .doesNotContainKey("kind");
    }

    @Test
    void a_broken_line_is_named_by_its_number() {
        assertThatThrownBy(() -> Metrics.parse("run/metrics.jsonl", List.of("{\"kind\":\"end\"}", "{\"kind\":")))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_METRICS] run/metrics.jsonl:2: this line is no JSON object");
    }
}
