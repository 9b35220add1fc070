package dev.graft.runtime.engine;

import static dev.graft.runtime.engine.ElementType.BF16;
import static dev.graft.runtime.engine.ElementType.FP32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LayersTest {
    @RegisterExtension
    private final Torch torch = new Torch();

    private static double tolerance(ElementType type) {
        return type == BF16 ? 1e-2 : 1e-6;
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void embedding_looks_rows_up(ElementType type) {
        // given
        double[][] table = Plain.random(1, 7, 4);
        // when
        NDArray x = torch.ops().embedding(torch.upload(table, type), torch.ops().upload(new long[] {6, 0, 6}));
        // then
        torch.assertClose(x, new double[][] {table[6], table[0], table[6]}, 0);
    }

    @ParameterizedTest
    @EnumSource(names = {"FP32", "BF16"})
    void rms_norm_divides_by_the_root_mean_square(ElementType type) {
        // given
        double[][] x = Plain.random(1, 5, 8);
        double[][] weight = Plain.random(2, 1, 8);
        double eps = 1e-5;
        // when
        NDArray y = torch.ops().rmsNorm(torch.upload(x, type), torch.ops().view(torch.upload(weight, type), 8), eps);
        // then
        double[][] expected = new double[5][8];
        for (int i = 0; i < 5; i++) {
            double square = 0;
            for (double v : x[i]) {
                square += v * v / 8;
            }
            for (int j = 0; j < 8; j++) {
                expected[i][j] = weight[0][j] * x[i][j] / Math.sqrt(square + eps);
            }
        }
        torch.assertClose(y, expected, tolerance(type));
    }

    /** A single token, as generation has it, goes another way where nothing adds x itself. */
    @ParameterizedTest
    @CsvSource({"FP32,5,1", "BF16,5,1", "FP32,1,1", "BF16,1,1", "FP32,1,0", "BF16,1,0"})
    void an_adapted_linear_is_the_base_plus_the_adapter(ElementType type, int tokens, int nulls) {
        // given
        double[][] x = Plain.random(1, tokens, 8);
        double[][] weight = Plain.random(2, 8, 8);
        double[][] bias = Plain.random(3, 1, 8);
        double[][] h = Plain.random(4, tokens, 6);
        double[][] b = Plain.random(5, 6, 8);
        double[][] share = Plain.map(Plain.random(6, tokens, 1), v -> v * nulls);
        // when
        NDArray y = torch.ops()
                .adaptedLinear(
                        torch.upload(x, type),
                        torch.upload(weight, type),
                        torch.ops().view(torch.upload(bias, type), 8),
                        new LoraHidden(
                                torch.upload(h, tokens == 1 ? FP32 : type), nulls == 0 ? null : torch.upload(share)),
                        0,
                        torch.upload(b));
        // then
        double[][] expected = Plain.plus(Plain.times(x, Plain.transpose(weight)), Plain.times(h, b));
        for (int i = 0; i < tokens; i++) {
            for (int j = 0; j < 8; j++) {
                expected[i][j] += bias[0][j] + share[i][0] * x[i][j];
            }
        }
        torch.assertClose(y, expected, tolerance(type));
    }

    @ParameterizedTest
    @CsvSource({
        "FP32,584,576,576",
        "FP32,7,64,48",
        "FP32,1,576,192",
        "BF16,584,576,576",
        "BF16,7,64,48",
        "BF16,1,576,192"
    })
    void a_zero_adapter_leaves_the_linear_map_bit_for_bit(ElementType type, int tokens, int in, int out) {
        // given
        NDArray x = torch.upload(Plain.random(1, tokens, in), type);
        NDArray weight = torch.upload(Plain.random(2, out, in), type);
        NDArray bias = torch.ops().view(torch.upload(Plain.random(3, 1, out), type), out);
        LoraHidden h = new LoraHidden(torch.upload(Plain.random(4, tokens, 32), tokens == 1 ? FP32 : type), null);
        NDArray b = torch.ops().zeros(FP32, 32, out);
        // when
        NDArray plain = torch.ops().linear(x, weight, null);
        NDArray adapted = torch.ops().adaptedLinear(x, weight, null, h, 0, b);
        NDArray plainBiased = torch.ops().linear(x, weight, bias);
        NDArray adaptedBiased = torch.ops().adaptedLinear(x, weight, bias, h, 0, b);
        // then
        assertThat(torch.ops().floats(adapted)).isEqualTo(torch.ops().floats(plain));
        assertThat(torch.ops().floats(adaptedBiased)).isEqualTo(torch.ops().floats(plainBiased));
    }

    @Test
    void activations_are_silu_and_gelu_in_its_tanh_form() {
        // given
        double[][] gate = Plain.random(1, 5, 8);
        double[][] up = Plain.random(2, 5, 8);
        // when
        NDArray silu = torch.ops().gated(torch.upload(gate), torch.upload(up), Activation.SILU);
        NDArray gelu = torch.ops().activate(torch.upload(gate), Activation.GELU_TANH);
        // then
        double[][] expected = Plain.map(gate, v -> v / (1 + Math.exp(-v)));
        for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 8; j++) {
                expected[i][j] *= up[i][j];
            }
        }
        torch.assertClose(silu, expected, 1e-6);
        torch.assertClose(
                gelu,
                Plain.map(gate, v -> v / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v)))),
                1e-6);
    }

    @Test
    void a_wrong_shape_is_an_exception_that_names_the_operator_and_the_reason() {
        NDArray x = torch.upload(Plain.random(1, 5, 8));
        NDArray weight = torch.upload(Plain.random(2, 3, 9));
        assertThatThrownBy(() -> torch.ops().linear(x, weight, null))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("linear")
                .hasMessageContaining("5x8 and 9x3");
    }
}
