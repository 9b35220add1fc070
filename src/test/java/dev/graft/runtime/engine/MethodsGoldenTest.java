package dev.graft.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.dsl.Adapter;
import dev.graft.dsl.RouterInput;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every golden case of a method: outputs, routing, balance losses and all gradients, in fp32. */
class MethodsGoldenTest {
    @RegisterExtension
    private final Torch torch = new Torch();

    @TestFactory
    Stream<DynamicTest> methods_agree_with_the_golden_numbers() {
        return GoldenFile.all("methods").stream().map(golden -> dynamicTest(golden.name(), () -> check(golden)));
    }

    private static String method(GoldenFile golden) {
        return golden.option("family") + " " + golden.option("method");
    }

    private void check(GoldenFile golden) {
        try (NDManager scope = torch.engine().scope()) {
            MethodCase it = new MethodCase(golden, torch.engine().recording(scope));
            switch (method(golden)) {
                case "molora LoRA", "molora MoLORA", "molora AdaMoE" -> lora(it);
                case "mov (IA)3", "mov MoV" -> ia3(it);
                case "balance balance loss" -> balance(it);
                case "expansion AdaMoE" -> ExpansionGolden.check(it);
                case "perft PERFT-R", "perft PERFT-E", "perft PERFT-D", "perft PERFT-S" -> PerftGolden.check(it);
                default -> throw new AssertionError("unknown method " + golden.options());
            }
        }
    }

    // ---- LoRA experts beside a linear map ----

    private static void lora(MethodCase it) {
        GoldenFile golden = it.golden();
        Ops ops = it.ops();
        boolean routed = golden.has("param.router");
        long[] bShape = golden.shape("param.B");
        long rank = golden.whole("r");
        long experts = bShape.length == 3 ? bShape[0] : 1;
        Rows rows = it.rows();
        NDArray x = ops.autograd().leaf(it.input("in.x"));
        NDArray b = ops.autograd()
                .leaf(it.upload(
                        MethodCase.swapped(golden.numbers("param.B"), bShape), experts * rank, golden.whole("o")));
        if (routed && it.router().input() == RouterInput.MODULE_INPUT) {
            loraMixture(it, x, b);
        } else {
            NDArray a = ops.autograd().leaf(it.weight("param.A", experts * rank, golden.whole("d")));
            NDArray router = routed ? ops.autograd().leaf(it.weight("param.router")) : null;
            RouterDecision decision = router == null ? null : ops.mixtures().route(x, router, 1, it.router(), rows);
            Gates gates = decision == null ? null : decision.gates();
            LoraHidden h = ops.mixtures()
                    .loraHidden(x, a, gates, 1, golden.decimal("alpha") / rank, it.merge(), Dropout.NONE, rows);
            NDArray y = ops.adaptedLinear(x, it.weight("base.W0"), null, h, 0, b);
            it.assertOutput("out.y", y);
            backward(it, y, x);
            it.assertGradient("A", a, golden.numbers("grad.A"));
            if (router != null && decision != null) {
                it.assertGradient("router", router, golden.numbers("grad.router"));
                routing(it, x, router, decision, rows);
            }
        }
        it.assertGradient("B", b, MethodCase.swapped(golden.numbers("grad.B"), bShape));
    }

    /** Routers that read what the experts read: one leaf for A and their rows, and generation gives what training gives. */
    private static void loraMixture(MethodCase it, NDArray x, NDArray b) {
        GoldenFile golden = it.golden();
        Ops ops = it.ops();
        double[] factors = joined(golden.numbers("param.A"), golden.numbers("param.router"));
        NDArray a = ops.autograd().leaf(it.upload(factors, factors.length / golden.whole("d"), golden.whole("d")));
        Adapter.Lora lora = new Adapter.Lora(golden.whole("r"), golden.decimal("alpha"), Adapter.Lora.Init.NORMAL, 0);
        LoraMixture mixture = ops.mixtures().loraMixture(x, a, 1, it.router(), lora, Dropout.NONE, it.rows());
        NDArray y = ops.adaptedLinear(x, it.weight("base.W0"), null, mixture.hidden(), 0, b);
        LoraHidden generated = ops.mixtures().loraHidden(x, a, 1, it.router(), lora, it.rows());
        it.assertOutput("out.y", y);
        it.assertOutput("out.y", ops.adaptedLinear(x, it.weight("base.W0"), null, generated, 0, b));
        backward(it, y, x);
        it.assertGradient("A and router", a, joined(golden.numbers("grad.A"), golden.numbers("grad.router")));
        routing(it, x, it.weight("param.router"), mixture.decision(), it.rows());
    }

    private static double[] joined(double[] first, double[] second) {
        return DoubleStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
    }

    // ---- (IA)³ vectors on a linear map, on heads, on an FFN's hidden state ----

    private static void ia3(MethodCase it) {
        GoldenFile golden = it.golden();
        Ops ops = it.ops();
        Rows rows = it.rows();
        NDArray x = ops.autograd().leaf(it.input("in.x"));
        boolean routed = golden.has("param.router");
        long[] shape = golden.shape("param.L");
        NDArray vectors = ops.autograd().leaf(routed ? it.weight("param.L") : it.weight("param.L", 1, shape[0]));
        NDArray router = routed ? ops.autograd().leaf(it.weight("param.router")) : null;

        boolean ffn = golden.option("site").equals("ffn");
        NDArray unscaled = ffn
                ? ops.activate(ops.linear(x, it.weight("base.wi_0"), null), Activation.GELU_TANH)
                : ops.linear(x, it.weight("base.W0"), null);
        NDArray read = switch (golden.option("input")) {
            case "activated-hidden" -> unscaled;
            case "projected-per-head" -> ops.view(unscaled, -1, golden.whole("head_dim"));
            default -> x;
        };
        RouterDecision decision = router == null ? null : ops.mixtures().route(read, router, 1, it.router(), rows);
        Gates gates = decision == null ? null : decision.gates();
        NDArray scaled = gates != null && shape.length == 3
                ? ops.mixtures().scaleHeads(unscaled, gates, vectors)
                : ops.mixtures().scaleBy(unscaled, gates, 0, vectors);
        NDArray y = ffn
                ? ops.linear(
                        ops.multiply(scaled, ops.linear(x, it.weight("base.wi_1"), null)), it.weight("base.wo"), null)
                : scaled;

        it.assertOutput("out.y", y);
        backward(it, y, x);
        it.assertGradient("L", vectors, golden.numbers("grad.L"));
        if (router != null && decision != null) {
            it.assertGradient("router", router, golden.numbers("grad.router"));
            routing(it, read, router, decision, rows);
        }
    }

    // ---- what both share ----

    private static void backward(MethodCase it, NDArray y, NDArray x) {
        Ops ops = it.ops();
        ops.autograd().backward(List.of(y), List.of(it.input("in.cotangent")));
        it.assertGradient("x", x, it.taken(it.golden().numbers("grad.x"), 1));
    }

    /** What the router said on the way. */
    private static void routing(MethodCase it, NDArray read, NDArray router, RouterDecision decision, Rows rows) {
        GoldenFile golden = it.golden();
        Ops ops = it.ops();
        boolean sentence = golden.option("input").equals("sentence");
        NDArray seen = ops.autograd().leaf(sentence ? ops.mixtures().promptMeans(read, rows) : read);
        NDArray logits = ops.mixtures().logits(seen, router, 1);
        Mixed mixed = ops.mixtures().mixed(logits, it.router());
        it.assertOutput("out.logits", logits, rowNumbers(it, "out.logits", sentence));
        it.assertOutput("out.probs", mixed.probabilities(), rowNumbers(it, "out.probs", sentence));
        it.assertOutput("out.selected", mixed.selected(), rowNumbers(it, "out.selected", sentence));
        it.assertOutput("out.gates", mixed.weights(), rowNumbers(it, "out.gates", sentence));
        if (golden.has("out.null_share")) {
            it.assertOutput("out.null_share", mixed.share());
        }
        if (golden.has("out.load")) {
            it.assertOutput("out.load", decision.load());
            float[] load = ops.floats(decision.load());
            double sum = 0;
            for (float tokens : load) {
                sum += tokens;
            }
            GoldenFile.assertClose(
                    "out.load_mean",
                    new float[] {(float) (sum / load.length)},
                    golden.numbers("out.load_mean"),
                    1e-5,
                    0);
        }
        if (golden.has("out.balance")) {
            balanceOfOne(it, seen, sentence);
        }
    }

    private static double[] rowNumbers(MethodCase it, String tensor, boolean sentence) {
        double[] numbers = it.golden().numbers(tensor);
        return sentence ? numbers : it.taken(numbers, 1);
    }

    private static void balanceOfOne(MethodCase it, NDArray seen, boolean sentence) {
        GoldenFile golden = it.golden();
        Ops ops = it.ops();
        NDArray router = ops.autograd().leaf(it.weight("param.router"));
        NDArray logits = ops.mixtures().logits(seen, router, 1);
        NDArray leaf = ops.autograd().leaf(logits);
        for (NDArray each : List.of(logits, leaf)) {
            RouterStatistics statistics =
                    ops.mixtures().mix(each, 1, it.router()).statistics();
            NDArray loss = ops.mixtures()
                    .balanceLoss(List.of(List.of(statistics)), it.balance(), golden.decimal("balance_coefficient"));
            it.assertOutput("out.balance", loss, golden.numbers("out.balance"));
            ops.autograd().backward(loss);
        }
        it.assertBalanceGradient("logits", leaf, rowNumbers(it, "grad.balance.logits", sentence));
        it.assertBalanceGradient("router", router, golden.numbers("grad.balance.router"));
    }

    // ---- balance losses over layers and sites ----

    private static void balance(MethodCase it) {
        GoldenFile golden = it.golden();
        Ops ops = it.ops();
        int layers = golden.whole("layers");
        int sites = golden.whole("sites");
        int experts = golden.whole("experts");
        int groups = layers * sites;
        double[] taken = it.taken(golden.numbers("in.router_logits"), groups);
        int size = taken.length / groups;
        List<NDArray> logits = MethodCase.each(
                groups,
                g -> ops.autograd()
                        .leaf(it.upload(
                                Arrays.copyOfRange(taken, g * size, (g + 1) * size), size / experts, 1, experts)));
        List<RouterDecision> decisions =
                logits.stream().map(l -> ops.mixtures().mix(l, 1, it.router())).toList();

        double[] selected = it.taken(golden.numbers("out.selected"), groups);
        double[] probabilities = it.taken(golden.numbers("out.probs"), groups);
        double[] gradients = it.taken(golden.numbers("grad.balance.router_logits"), groups);
        List<List<RouterStatistics>> statistics = MethodCase.each(
                layers,
                layer -> decisions.subList(layer * sites, (layer + 1) * sites).stream()
                        .map(RouterDecision::statistics)
                        .toList());
        NDArray loss = ops.mixtures().balanceLoss(statistics, it.balance(), golden.decimal("balance_coefficient"));
        it.assertOutput("out.balance", loss, golden.numbers("out.balance"));
        ops.autograd().backward(loss);
        for (int g = 0; g < groups; g++) {
            Mixed mixed = ops.mixtures().mixed(logits.get(g), it.router());
            it.assertOutput("out.selected", mixed.selected(), Arrays.copyOfRange(selected, g * size, (g + 1) * size));
            it.assertOutput(
                    "out.probs", mixed.probabilities(), Arrays.copyOfRange(probabilities, g * size, (g + 1) * size));
            it.assertBalanceGradient(
                    "router_logits", logits.get(g), Arrays.copyOfRange(gradients, g * size, (g + 1) * size));
        }
        if (golden.has("out.balance_per_layer")) {
            double[] each = golden.numbers("out.balance_per_layer");
            assertThat(each).hasSize(layers);
            for (int layer = 0; layer < layers; layer++) {
                NDArray own = ops.mixtures()
                        .balanceLoss(
                                List.of(statistics.get(layer)), it.balance(), golden.decimal("balance_coefficient"));
                it.assertOutput("out.balance_per_layer", own, new double[] {each[layer]});
            }
        }
    }
}
