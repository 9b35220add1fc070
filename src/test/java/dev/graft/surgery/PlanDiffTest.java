package dev.graft.surgery;

import static dev.graft.dsl.Graft.*;
import static org.assertj.core.api.Assertions.assertThat;

import dev.graft.catalog.Methods;
import dev.graft.dsl.Surgery;
import dev.graft.fixtures.HeadersOnly;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanDiffTest {
    @TempDir
    Path folder;

    @Test
    void equal_plans_written_on_other_lines_have_no_difference() {
        InjectionPlan first = plan(surgery("same", s -> s.layers(all(), Methods.moLora(3))));
        InjectionPlan second = plan(surgery("same", s -> s.layers(all(), Methods.moLora(3))));

        assertThat(first).isNotEqualTo(second);
        assertThat(PlanDiff.between(first, second).isEmpty()).isTrue();
        assertThat(PlanDiff.between(first, second)).hasToString("");
    }

    @Test
    void difference_is_told_by_site_with_equal_layers_folded() {
        InjectionPlan first = plan(surgery("old", s -> {
            s.layers(all(), layer -> layer.attention(a -> a.on(Q, V).lora(2)));
        }));
        InjectionPlan second = plan(surgery("new", s -> {
            s.layers(all(), layer -> layer.attention(a -> a.on(Q).lora(4)));
            s.layers(
                    last(2),
                    layer -> layer.attention(
                            a -> a.on(V).mixture(2, e -> e.lora(2)).router(soft())));
            s.layers(first(1), layer -> layer.ffn(f -> f.on(DOWN).lora(2)));
            s.training(t -> t.epochs(2));
        }));

        assertThat(PlanDiff.between(first, second).lines())
                .startsWith(
                        "~ surgery: old -> new",
                        "~ attention q in layers 0-2: experts: one LoRA of rank 2, alpha 4; A uniform on +-1/sqrt(d), B = 0"
                                + " -> one LoRA of rank 4, alpha 8; A uniform on +-1/sqrt(d), B = 0",
                        "- attention v in layer 0: one LoRA of rank 2, alpha 4; A uniform on +-1/sqrt(d), B = 0",
                        "+ ffn down in layer 0: one LoRA of rank 2, alpha 4; A uniform on +-1/sqrt(d), B = 0",
                        "~ attention v in layers 1-2: experts: one LoRA of rank 2, alpha 4; A uniform on +-1/sqrt(d), B = 0"
                                + " -> 2 x LoRA of rank 2, alpha 4; A uniform on +-1/sqrt(d), B = 0")
                .contains("~ training.epochs: 1 -> 2")
                .anyMatch(line -> line.startsWith("~ budget.trainable: "));
    }

    @Test
    void other_base_is_told_by_its_fields() {
        Surgery spec = surgery("spec", s -> s.layers(all(), Methods.lora(2)));
        InjectionPlan first = Surgeon.plan(spec, HeadersOnly.small().open(folder.resolve("first")));
        InjectionPlan second =
                Surgeon.plan(spec, HeadersOnly.small().config("rope_theta", 5e5).open(folder.resolve("second")));

        assertThat(PlanDiff.between(first, second).lines())
                .containsExactly("~ base.shape.rope.theta: 10000.0 -> 500000.0");
    }

    private InjectionPlan plan(Surgery spec) {
        return Surgeon.plan(spec, HeadersOnly.small().open(folder.resolve("small")));
    }
}
