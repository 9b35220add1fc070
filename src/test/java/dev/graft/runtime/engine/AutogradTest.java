package dev.graft.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Balance;
import dev.graft.dsl.Graft;
import dev.graft.dsl.Merge;
import dev.graft.dsl.Router;
import dev.graft.dsl.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AutogradTest {
    private static final int WIDTH = 8;
    private static final Router ROUTER = Graft.topK(2).nullExperts(2);
    private static final Balance BALANCE = Balance.of(new Schedule.Constant(1));

    @RegisterExtension
    private final Torch torch = new Torch();

    /** Of a scalar function of one matrix, the gradient by central differences of fp32 values. */
    private static double[][] slope(double[][] at, ToDoubleFunction<double[][]> f) {
        double step = 1.0 / 64;
        double[][] g = new double[at.length][at[0].length];
        for (int i = 0; i < at.length; i++) {
            for (int j = 0; j < at[0].length; j++) {
                double[][] up = Plain.map(at, v -> v);
                up[i][j] += step;
                double[][] down = Plain.map(at, v -> v);
                down[i][j] -= step;
                g[i][j] = (f.applyAsDouble(up) - f.applyAsDouble(down)) / (2 * step);
            }
        }
        return g;
    }

    @Test
    void attention_and_norm_have_the_gradients_of_their_plain_loops() {
        // given
        double[][] x = Plain.random(1, 5, WIDTH);
        double[][] weights = Plain.random(2, 5, WIDTH);
        ToDoubleFunction<double[][]> plain = q -> {
            double[][] y = Plain.attention(q, q, q, 2, 2, 100, 0);
            double sum = 0;
            for (int i = 0; i < 5; i++) {
                for (int j = 0; j < WIDTH; j++) {
                    sum += weights[i][j] * y[i][j];
                }
            }
            return sum;
        };
        Ops ops = torch.recording();
        Rows rows = Rows.of(ops, List.of(Segment.of(5)));
        // when
        NDArray leaf = ops.autograd().leaf(torch.upload(x));
        NDArray y = ops.attention(
                leaf, leaf, leaf, Attention.causal(2, 2, 4), ops.angles(Rotary.of(4, 100), rows), rows, null);
        ops.autograd().backward(List.of(y), List.of(torch.upload(weights)));
        // then: the error of the differences is of order step²
        torch.assertClose(ops.autograd().gradient(leaf), slope(x, plain), 1e-3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void the_chunked_loss_has_the_gradient_of_the_whole(int chunk) {
        // given
        Ops ops = torch.recording();
        NDArray head = torch.upload(Plain.random(2, 11, WIDTH));
        NDArray labels = ops.upload(new long[] {3, 0, 10, 3, 7});
        List<float[]> gradients = new ArrayList<>();
        // when
        for (int rows : new int[] {chunk, 5}) {
            NDArray hidden = ops.autograd().leaf(torch.upload(Plain.random(1, 5, WIDTH)));
            ops.autograd().backward(ops.lossAt(hidden, head, labels, rows));
            gradients.add(ops.floats(ops.autograd().gradient(hidden)));
        }
        // then
        for (int i = 0; i < 5 * WIDTH; i++) {
            assertThat(gradients.get(0)[i]).isCloseTo(gradients.get(1)[i], within(1e-6f));
        }
    }

    @Test
    void a_head_that_learns_gets_its_gradient_in_chunks_too() {
        Ops ops = torch.recording();
        NDArray hidden = torch.upload(Plain.random(1, 5, WIDTH));
        NDArray labels = ops.upload(new long[] {3, 0, 10, 3, 7});
        List<float[]> gradients = new ArrayList<>();
        for (int rows : new int[] {2, 5}) {
            NDArray head = ops.autograd().leaf(torch.upload(Plain.random(2, 11, WIDTH)));
            ops.autograd().backward(ops.lossAt(hidden, head, labels, rows));
            gradients.add(ops.floats(ops.autograd().gradient(head)));
        }
        assertThat(gradients.get(0)).isEqualTo(gradients.get(1));
        assertThat(gradients.get(0)).isNotEqualTo(new float[11 * WIDTH]);
    }

    // ---- recomputing a layer in the backward pass ----

    private record Layer(NDArray a, NDArray b, NDArray router, NDArray weight) {
        List<NDArray> leaves() {
            return List.of(a, b, router);
        }
    }

    private record Result(NDArray y, RouterStatistics statistics) {}

    private Layer layer(int seed) {
        Autograd autograd = torch.ops().autograd();
        return new Layer(
                autograd.leaf(torch.upload(Plain.random(seed, 3 * 2, WIDTH))),
                autograd.leaf(torch.upload(Plain.random(seed + 1, 3 * 2, WIDTH))),
                autograd.leaf(torch.upload(Plain.random(seed + 2, 5, WIDTH))),
                torch.upload(Plain.random(seed + 3, WIDTH, WIDTH)));
    }

    private static Result forward(Ops ops, Layer layer, NDArray x, Rows rows) {
        RouterDecision decision = ops.mixtures().route(x, layer.router(), 1, ROUTER, rows);
        Gates gates = decision.gates();
        LoraHidden h = ops.mixtures().loraHidden(x, layer.a(), gates, 1, 0.5, Merge.OUTPUTS, Dropout.NONE, rows);
        NDArray y = ops.adaptedLinear(x, layer.weight(), null, h, 0, layer.b());
        return new Result(ops.activate(y, Activation.SILU), decision.statistics());
    }

    private NDArray loss(Ops ops, NDArray y, List<RouterStatistics> statistics) {
        NDArray labels = ops.upload(new long[] {1, 2, 3, 4});
        NDArray nll = ops.lossAt(y, torch.upload(Plain.random(50, 6, WIDTH)), labels, 8);
        NDArray balance =
                ops.mixtures().balanceLoss(statistics.stream().map(List::of).toList(), BALANCE, 1);
        return ops.add(nll, balance);
    }

    @Test
    void a_recomputed_layer_gives_the_gradients_of_a_kept_one() {
        // given: two layers, kept
        Ops on = torch.recording();
        Ops off = torch.ops();
        Rows rows = Rows.of(off, List.of(Segment.of(4)));
        NDArray x = torch.upload(Plain.random(9, 4, WIDTH));
        List<Layer> layers = List.of(layer(10), layer(20));
        Result first = forward(on, layers.get(0), x, rows);
        Result second = forward(on, layers.get(1), first.y(), rows);
        NDArray kept = loss(on, second.y(), List.of(first.statistics(), second.statistics()));
        on.autograd().backward(kept);
        List<float[]> expected = gradients(layers);

        // when: both again, without their graphs; the loss stands on leaves
        List<Layer> fresh = List.of(layer(10), layer(20));
        NDArray into = x;
        List<NDArray> inputs = new ArrayList<>();
        List<RouterStatistics> statistics = new ArrayList<>();
        for (Layer layer : fresh) {
            inputs.add(into);
            Result result = forward(off, layer, into, rows);
            into = result.y();
            statistics.add(detached(on, result.statistics()));
        }
        NDArray last = on.autograd().leaf(into);
        NDArray loss = loss(on, last, statistics);
        on.autograd().backward(loss);
        NDArray slope = on.autograd().gradient(last);
        for (int i = 1; i >= 0; i--) {
            NDArray input = on.autograd().leaf(inputs.get(i));
            Result again = forward(on, fresh.get(i), input, rows);
            on.autograd()
                    .backward(
                            List.of(again.y(), again.statistics().probabilities()),
                            List.of(
                                    slope,
                                    on.autograd().gradient(statistics.get(i).probabilities())));
            slope = on.autograd().gradient(input);
        }

        // then
        assertThat(off.scalar(loss)).isEqualTo(off.scalar(kept));
        List<float[]> found = gradients(fresh);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(found.get(i)).isEqualTo(expected.get(i));
            assertThat(found.get(i)).isNotEqualTo(new float[found.get(i).length]);
        }
    }

    private static RouterStatistics detached(Ops on, RouterStatistics s) {
        return new RouterStatistics(
                s.selected(), on.autograd().leaf(s.probabilities()), s.entropy(), s.rows(), s.sites(), s.nulls());
    }

    private List<float[]> gradients(List<Layer> layers) {
        return layers.stream()
                .flatMap(layer -> layer.leaves().stream())
                .map(leaf -> torch.ops().floats(torch.ops().autograd().gradient(leaf)))
                .toList();
    }
}
