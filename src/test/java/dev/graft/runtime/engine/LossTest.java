package dev.graft.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LossTest {
    private static final long[] LABELS = {3, 0, 10, 3, 7};

    @RegisterExtension
    private final Torch torch = new Torch();

    private final double[][] hidden = Plain.random(1, 5, 6);
    private final double[][] head = Plain.random(2, 11, 6);
    private final double[][] logits = Plain.times(hidden, Plain.transpose(head));

    @Test
    void logits_are_the_products_with_the_head() {
        torch.assertClose(torch.ops().logits(torch.upload(hidden), torch.upload(head)), logits, 1e-6);
    }

    @ParameterizedTest
    @CsvSource({"FP32,1,1e-6", "FP32,2,1e-6", "FP32,5,1e-6", "BF16,2,1e-2", "BF16,100,1e-2"})
    void loss_and_log_probabilities_are_the_same_in_every_chunking(ElementType type, int chunk, double tolerance) {
        // given
        double[][] expected = new double[5][1];
        double sum = 0;
        for (int i = 0; i < 5; i++) {
            expected[i][0] = Math.log(Plain.softmax(logits[i])[(int) LABELS[i]]);
            sum -= expected[i][0];
        }
        NDArray labels = torch.ops().upload(LABELS);
        // when
        NDArray x = torch.upload(hidden, type);
        NDArray weight = torch.upload(head, type);
        NDArray logProbs = torch.ops().logProbs(x, weight, labels, chunk);
        NDArray loss = torch.ops().lossAt(x, weight, labels, chunk);
        // then
        torch.assertClose(torch.ops().view(logProbs, 5, 1), expected, tolerance);
        assertThat((double) torch.ops().scalar(loss)).isCloseTo(sum, within(tolerance * sum));
    }
}
