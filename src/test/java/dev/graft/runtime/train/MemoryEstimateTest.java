package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Graft;
import dev.graft.dsl.Training;
import dev.graft.issue.GraftException;
import dev.graft.runtime.model.Init;
import dev.graft.runtime.model.Layout;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class MemoryEstimateTest {
    /** Of tiny-llama: embedding 4096 · 192, six layers, the last norm. */
    private static final long WEIGHTS = 4096 * 192 + 6 * (2 * 192 * 192 + 2 * 64 * 192 + 3 * 512 * 192 + 2 * 192) + 192;

    private static final Checkpoint BASE = Checkpoint.open(TinyRun.BASE);

    @Test
    void weights_and_trained_tensors_are_exact() {
        Layout layout = new Layout();
        layout.leaf(0, "q_lora_A").tensor("q.lora_A", Init.normal(0.02), 4, 192);

        MemoryEstimate bf16 = MemoryEstimate.of(BASE, layout, Graft.training(t -> t.threads(1)), 100);
        MemoryEstimate fp32 =
                MemoryEstimate.of(BASE, layout, Graft.training(t -> t.precision(Training.Precision.FP32)), 100);

        assertThat(bf16.weights()).isEqualTo(2 * WEIGHTS);
        assertThat(fp32.weights()).isEqualTo(4 * WEIGHTS);
        assertThat(bf16.trained()).as("value, two gradients, two moments").isEqualTo(4 * 192 * 4 * 5);
        assertThat(bf16.saved()).as("value, two moments, bytes of one").isEqualTo(4 * 192 * 4 * 4);
    }

    @Test
    void every_pass_at_a_time_has_gradients_and_logits_of_its_own() {
        Layout layout = new Layout();
        layout.leaf(0, "q_lora_A").tensor("q.lora_A", Init.normal(0.02), 4, 192);

        MemoryEstimate one = MemoryEstimate.of(BASE, layout, Graft.training(t -> t.threads(1)), 100);
        MemoryEstimate three = MemoryEstimate.of(BASE, layout, Graft.training(t -> t.threads(3)), 100);

        assertThat(three.trained() - one.trained()).isEqualTo(2 * 4 * 192 * 4);
        assertThat(three.logits()).isEqualTo(3 * one.logits());
        assertThat(three.activations()).isEqualTo(one.activations());
        assertThat(MemoryEstimate.of(
                                BASE, layout, Graft.training(t -> t.threads(3).microBatch(4)), 100)
                        .trained())
                .as("two passes")
                .isEqualTo(one.trained() + 4 * 192 * 4);
    }

    @Test
    void activations_grow_with_the_pass_and_shrink_when_they_are_recomputed() {
        Layout none = new Layout();
        Training kept = Training.defaults();
        Training recomputed = Graft.training(t -> t.recompute());

        assertThat(MemoryEstimate.of(BASE, none, kept, 200).activations())
                .isEqualTo(2 * MemoryEstimate.of(BASE, none, kept, 100).activations());
        assertThat(MemoryEstimate.of(BASE, none, recomputed, 100).activations())
                .isLessThan(MemoryEstimate.of(BASE, none, kept, 100).activations() / 3);
    }

    @Test
    void a_run_that_cannot_fit_is_refused_with_what_it_needs_and_what_there_is() {
        MemoryEstimate estimate = new MemoryEstimate(3L << 30, 1 << 30, 1 << 30, 1 << 20, 0);

        assertThatThrownBy(() -> estimate.requireFits(OptionalLong.of(2L << 30)))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_MEMORY]")
                .hasMessageContaining("needs about 5,521 MiB, 2,048 MiB are available: weights 3,072 MiB")
                .hasMessageContaining("--force");
        estimate.requireFits(OptionalLong.of(6L << 30));
        estimate.requireFits(OptionalLong.empty());
    }

    @Test
    void a_run_that_could_not_save_its_state_is_refused() {
        MemoryEstimate estimate = new MemoryEstimate(0, 0, 0, 0, 2L << 30);

        assertThatThrownBy(() -> estimate.requireHeap(2L << 30))
                .isInstanceOf(GraftException.class)
                .hasMessageContaining("[E_MEMORY]")
                .hasMessageContaining("needs about 2,080 MiB of Java's memory, which may have 2,048 MiB")
                .hasMessageContaining("-Xmx");
        estimate.requireHeap(3L << 30);
    }
}
