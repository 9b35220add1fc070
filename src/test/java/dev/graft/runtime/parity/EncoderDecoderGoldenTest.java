package dev.graft.runtime.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.checkpoint.SafetensorsFile;
import dev.graft.fixtures.T5Blueprint;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.Weights;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class EncoderDecoderGoldenTest {
    private static final Path FOLDER =
            Path.of(System.getProperty("graft.goldens"), "models").resolve("t5-v1.1");

    @Test
    void the_padded_view_gives_the_logits_of_real_tokens() {
        SafetensorsFile golden = SafetensorsFile.open(FOLDER.resolve("golden.safetensors"));
        Checkpoint base = Checkpoint.open(FOLDER);
        try (TorchEngine engine = TorchEngine.open(Device.cpu(), 1);
                Weights weights = new Weights(engine, base, ElementType.FP32);
                NDManager scope = engine.scope()) {
            // given
            Ops ops = engine.ops(scope);
            NDList inputs = new NDList();
            for (String name : List.of("input_ids", "attention_mask", "decoder_input_ids")) {
                List<Long> shape = golden.tensor(name).shape();
                inputs.add(ops.view(ops.upload(golden.longs(name)), shape.get(0), shape.get(1)));
            }
            // when
            NDArray logits = Forward.logits(new T5Blueprint(weights, base), engine, inputs)
                    .head();
            // then: rows without a label are the decoder's padding
            long[] labels = golden.longs("labels");
            double[] expected = golden.doubles("logits");
            float[] found = ops.floats(logits);
            assertThat(found).hasSameSizeAs(expected);
            int vocabulary = expected.length / labels.length;
            for (int i = 0; i < expected.length; i++) {
                if (labels[i / vocabulary] != -100) {
                    assertThat((double) found[i]).isCloseTo(expected[i], within(1e-4));
                }
            }
        }
    }

    @Test
    void t5_agrees_with_hugging_face_in_states_logits_loss_gradients_and_greedy_text() {
        Checkpoint base = Checkpoint.open(FOLDER);
        try (TorchEngine engine = TorchEngine.open(Device.cpu(), 1)) {
            Parity parity = new Parity(engine, base, weights -> new T5Blueprint(weights, base));

            List<Difference> differences = parity.compare(SafetensorsFile.open(FOLDER.resolve("golden.safetensors")));

            assertThat(differences).allMatch(Difference::holds, "within its tolerance");
            assertThat(differences)
                    .extracting(Difference::name)
                    .contains(
                            "encoder_hidden.1",
                            "encoder_hidden.final",
                            "decoder_hidden.2",
                            "decoder_hidden.final",
                            "logits",
                            "loss",
                            "grad.encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
                            "generated");
        }
    }
}
