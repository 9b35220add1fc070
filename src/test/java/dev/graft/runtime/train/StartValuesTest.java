package dev.graft.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.Init;
import dev.graft.runtime.model.Layout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class StartValuesTest {
    private static final int MANY = 40_000;

    @Test
    void a_tensor_starts_the_same_whatever_stands_before_it() {
        Layout alone = new Layout();
        alone.leaf(0, "a").tensor("x.lora_A", Init.normal(0.02), 2, 3, 5);
        Layout behind = new Layout();
        behind.leaf(0, "router").tensor("x.router", Init.uniform(0.1), 4, 5);
        behind.leaf(0, "a")
                .tensor("w.lora_A", Init.normal(0.02), 2, 3, 5)
                .tensor("x.lora_A", Init.normal(0.02), 2, 3, 5);

        float[] values = of(behind, 7);

        assertThat(Arrays.copyOfRange(values, 50, 80)).isEqualTo(of(alone, 7));
        assertThat(Arrays.copyOfRange(values, 20, 50)).doesNotContain(of(alone, 7));
        assertThat(of(alone, 8)).doesNotContain(of(alone, 7));
    }

    @Test
    void values_follow_their_distribution() {
        Layout layout = new Layout();
        layout.leaf(0, "normal").tensor("normal", Init.normal(0.5), MANY, 1);
        layout.leaf(0, "uniform").tensor("uniform", Init.uniform(0.25), MANY, 1);
        layout.leaf(0, "fill").tensor("fill", Init.fill(1), 3, 1);

        float[] values = of(layout, 1);

        double[] normal = doubles(values, 0, MANY);
        assertThat(mean(normal)).isCloseTo(0, within(0.01));
        assertThat(Math.sqrt(Arrays.stream(normal).map(x -> x * x).average().orElseThrow()))
                .isCloseTo(0.5, within(0.01));
        double[] uniform = doubles(values, MANY, 2 * MANY);
        assertThat(mean(uniform)).isCloseTo(0, within(0.005));
        assertThat(Arrays.stream(uniform).min().orElseThrow()).isBetween(-0.25, -0.249);
        assertThat(Arrays.stream(uniform).max().orElseThrow()).isBetween(0.249, 0.25);
        assertThat(Arrays.copyOfRange(values, 2 * MANY, 2 * MANY + 3)).containsOnly(1f);
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double[] doubles(float[] values, int from, int to) {
        double[] part = new double[to - from];
        for (int i = from; i < to; i++) {
            part[i - from] = values[i];
        }
        return part;
    }

    private static float[] of(Layout layout, long seed) {
        try (TorchEngine engine = TorchEngine.open("cpu", 1)) {
            return new StartValues(engine, TinyMoe.open("tiny-llama"), seed).of(layout);
        }
    }
}
