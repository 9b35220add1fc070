package dev.graft.runtime.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.graft.dsl.Optimizer;
import dev.graft.dsl.Training.RateShape;
import dev.graft.runtime.engine.GoldenFile;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.Torch;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Golden trajectories of the optimizers, six steps each, and of the schedules. */
class OptimizersGoldenTest {
    private static final double TOLERANCE = 1e-5;

    @RegisterExtension
    private final Torch torch = new Torch();

    @TestFactory
    Stream<DynamicTest> optimizers_follow_the_golden_trajectories() {
        return GoldenFile.all("optimizers").stream().map(golden -> dynamicTest(golden.name(), () -> check(golden)));
    }

    private void check(GoldenFile golden) {
        if (golden.has("schedule.constant")) {
            schedules(golden);
        } else {
            trajectory(golden);
        }
    }

    private static void schedules(GoldenFile golden) {
        for (RateShape shape : RateShape.values()) {
            LearningRate rate =
                    new LearningRate(shape, golden.decimal("peak"), golden.whole("warmup"), golden.whole("steps"));
            double[] expected = golden.numbers("schedule." + shape.name().toLowerCase(java.util.Locale.ROOT));
            for (int step = 0; step < expected.length; step++) {
                assertThat(rate.at(step)).as("%s at step %s", shape, step).isCloseTo(expected[step], within(1e-12));
            }
        }
    }

    private void trajectory(GoldenFile golden) {
        try (NDManager scope = torch.engine().scope()) {
            Ops ops = torch.engine().ops(scope);
            Map<String, List<Long>> shapes = shapes(golden);
            FlatParameters parameters = FlatParameters.allocate(ops, shapes);
            shapes.keySet()
                    .forEach(name -> parameters.set(
                            ops, name, ops.upload(golden.floats("start." + name), golden.shape("start." + name))));
            Optimizer rule = rule(golden);
            Stepper stepper = Stepper.of(rule, parameters, ops);
            double clip = golden.options().path("clip_norm").asDouble(0);
            for (int step = 0; golden.has("after." + step + ".a"); step++) {
                collect(golden, step, parameters, scope);
                StepGradient gradient = parameters.finish(ops, 1, List.of(), clip);
                stepper.step(ops, gradient, rule.rate());
                if (golden.has("norm_before_clip")) {
                    double norm = golden.numbers("norm_before_clip")[step];
                    assertThat(gradient.read(ops).norm()).isCloseTo(norm, within(TOLERANCE * norm));
                }
                for (String name : shapes.keySet()) {
                    String after = "after." + step + "." + name;
                    GoldenFile.assertClose(
                            after,
                            ops.floats(parameters.leaf(name)),
                            golden.numbers(after),
                            0,
                            TOLERANCE * golden.largest(after::equals));
                }
            }
        }
    }

    private static Map<String, List<Long>> shapes(GoldenFile golden) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        for (String name : List.of("a", "b", "c")) {
            if (golden.has("start." + name)) {
                shapes.put(
                        name,
                        Arrays.stream(golden.shape("start." + name)).boxed().toList());
            }
        }
        return shapes;
    }

    /** Gives every leaf the case's gradient, by the backward pass of a product with it. */
    private void collect(GoldenFile golden, int step, FlatParameters parameters, NDManager scope) {
        Ops recording = torch.engine().recording(scope);
        for (FlatParameters.Part part : parameters.parts()) {
            String name = "grad." + step + "." + part.name();
            recording
                    .autograd()
                    .backward(
                            List.of(recording.view(parameters.leaf(part.name()), golden.shape(name))),
                            List.of(recording.upload(golden.floats(name), golden.shape(name))));
        }
    }

    private static Optimizer rule(GoldenFile golden) {
        JsonNode options = golden.options();
        return switch (golden.option("optimizer")) {
            case "adamw" ->
                new Optimizer.AdamW(
                        golden.decimal("lr"),
                        options.path("betas").get(0).asDouble(),
                        options.path("betas").get(1).asDouble(),
                        golden.decimal("eps"),
                        golden.decimal("weight_decay"));
            case "adafactor" ->
                new Optimizer.Adafactor(
                        golden.decimal("lr"),
                        golden.decimal("decay"),
                        golden.decimal("clip_threshold"),
                        golden.whole("min_dim_size_to_factor"));
            default -> throw new AssertionError("unknown optimizer " + options);
        };
    }
}
