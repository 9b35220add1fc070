package dev.graft.runtime.generate;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.checkpoint.TensorInfo;
import dev.graft.codegen.ModelEmitter;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.Leaves;
import dev.graft.runtime.model.Weights;
import dev.graft.runtime.train.Program;
import dev.graft.surgery.Surgeon;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GeneratorTest {
    private static final Path MODELS = Path.of(System.getProperty("graft.goldens"), "models");

    @ParameterizedTest
    @ValueSource(strings = {"llama", "mistral", "olmoe", "t5-v1.1"})
    void prompts_side_by_side_are_continued_as_each_alone(String folder) {
        // given
        Checkpoint base = Checkpoint.open(MODELS.resolve(folder));
        SafetensorsFile golden = SafetensorsFile.open(MODELS.resolve(folder).resolve("golden.safetensors"));
        int[] reference = ints(golden.longs("generated")); // Hugging Face's
        int[] prompt = firstRow(golden);
        int[] shorter = Arrays.copyOf(prompt, prompt.length / 2);
        int[] longer = Arrays.copyOf(prompt, prompt.length + 5);
        Program program = new ModelEmitter("dev.graft.generated")
                .emit(Surgeon.untouched(base))
                .load(Program.class);
        try (TorchEngine engine = TorchEngine.open(Device.cpu(), 1);
                Weights weights = new Weights(engine, base, ElementType.FP32)) {
            Generator generator =
                    new Generator(program.newModel(weights, new Leaves(program.layout(), List.of())), weights);
            // when
            int[] heard = new int[3];
            List<int[]> texts = generator.generate(
                    List.of(shorter, prompt, longer),
                    reference.length,
                    TokenChoice.greedy(),
                    token -> false,
                    (text, token) -> ++heard[text] < 3 || text != 0);
            // then
            assertThat(texts.get(0)).isEqualTo(alone(generator, shorter, 3));
            assertThat(texts.get(1)).isEqualTo(reference);
            assertThat(texts.get(2)).isEqualTo(alone(generator, longer, reference.length));
            assertThat(heard).containsExactly(3, reference.length, reference.length);
            // when a text ends with a token
            IntPredicate end = token -> token == reference[1];
            List<int[]> ended = generator.generate(
                    List.of(prompt, longer), reference.length, TokenChoice.greedy(), end, (text, token) -> true);
            // then it is left out
            assertThat(ended.get(0)).isEqualTo(beforeEnd(reference, end));
            assertThat(ended.get(1)).isEqualTo(beforeEnd(texts.get(2), end));
        }
    }

    private static int[] alone(Generator generator, int[] prompt, int limit) {
        return generator.generate(prompt, limit, TokenChoice.greedy(), end -> false, token -> true);
    }

    private static int[] beforeEnd(int[] text, IntPredicate end) {
        return Arrays.stream(text).takeWhile(end.negate()).toArray();
    }

    private static int[] firstRow(SafetensorsFile golden) {
        TensorInfo ids = Objects.requireNonNull(golden.tensors().get("input_ids"));
        int width = Math.toIntExact(ids.shape().get(1));
        int length =
                Arrays.stream(ints(golden.longs("attention_mask")), 0, width).sum();
        return Arrays.copyOf(ints(golden.longs("input_ids")), length);
    }

    private static int[] ints(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }
}
