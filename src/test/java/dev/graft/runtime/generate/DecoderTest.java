package dev.graft.runtime.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.codegen.ModelEmitter;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Leaves;
import dev.graft.runtime.model.Weights;
import dev.graft.runtime.train.Program;
import dev.graft.samples.Sample;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DecoderTest {
    private static final Path CHECKPOINTS = Path.of(System.getProperty("graft.home"), "samples/checkpoints");
    private static final long[] IDS = {5, 17, 300, 42, 8, 1023, 77, 64};
    private static final int PROMPT = 3;

    static Stream<Arguments> samples() {
        return Sample.all().stream()
                .filter(sample -> !sample.name().endsWith("-t5")) // a decoder's prompt is its encoder's there
                .flatMap(sample -> Stream.of(ElementType.FP32, ElementType.BF16)
                        .map(type -> Arguments.of(sample.name(), type, sample)));
    }

    /** Single tokens go other ways than several: other products, and Java decides what a router selects. */
    @ParameterizedTest(name = "{0} in {1}")
    @MethodSource("samples")
    void tokens_one_by_one_give_the_logits_of_all_together(String name, ElementType type, Sample sample) {
        // given
        Checkpoint base =
                Checkpoint.open(CHECKPOINTS.resolve(sample.spec().base().orElse("tiny-llama")));
        Program program = new ModelEmitter("dev.graft.generated")
                .emit(Surgeon.plan(sample.spec().define(), base))
                .load(Program.class);
        try (TorchEngine engine = TorchEngine.open(Device.cpu(), 1);
                NDManager scope = engine.scope();
                Weights weights = new Weights(engine, base, type)) {
            LanguageModel model = program.newModel(
                    weights,
                    Leaves.of(
                            engine.ops(scope),
                            program.layout(),
                            values(program.layout().elements())));
            try (Decoder decoder = new Decoder(model, weights, 1, IDS.length)) {
                float[] oneByOne = decoder.feed(Arrays.copyOf(IDS, PROMPT));
                for (int i = PROMPT; i <= IDS.length; i++) {
                    // when
                    float[] together = allTogether(model, weights, Arrays.copyOf(IDS, i));
                    // then
                    assertThat(distance(oneByOne, together))
                            .isCloseTo(0, within(type == ElementType.FP32 ? 1e-4 : 0.1));
                    oneByOne = i < IDS.length ? decoder.feed(IDS[i]) : oneByOne;
                }
            }
        }
    }

    private static float[] allTogether(LanguageModel model, Weights weights, long[] ids) {
        try (Decoder decoder = new Decoder(model, weights, 1, ids.length)) {
            return decoder.feed(ids);
        }
    }

    /** Away from their start, so that every expert counts. */
    private static float[] values(long elements) {
        Random random = new Random(3);
        float[] values = new float[Math.toIntExact(elements)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (0.05 * random.nextGaussian());
        }
        return values;
    }

    /** The norm of the difference, as a part of the second's. */
    private static double distance(float[] actual, float[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow(actual[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(difference / norm);
    }
}
