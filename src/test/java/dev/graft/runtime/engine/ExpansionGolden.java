package dev.graft.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Merge;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A golden case of router expansion (AdaMoE on a MoE block): a wider router, and LoRA on it and on every expert. */
final class ExpansionGolden {
    private final MethodCase it;
    private final GoldenFile golden;
    private final Ops ops;
    private final Rows rows;
    private final int nulls;
    private final Leaf x;
    private final Leaf routerA;
    private final Leaf routerB;
    private final @Nullable Leaf nullsB;
    private final Leaf inputA;
    private final Leaf gateB;
    private final Leaf upB;
    private final Leaf downA;
    private final Leaf downB;

    /** A trainable tensor, and the golden tensors that it holds one below the other. */
    private record Leaf(NDArray array, List<String> parts) {}

    private ExpansionGolden(MethodCase it) {
        this.it = it;
        this.golden = it.golden();
        this.ops = it.ops();
        this.rows = it.rows();
        this.nulls = golden.whole("m");
        this.x = new Leaf(ops.autograd().leaf(it.input("in.x")), List.of("x"));
        this.routerA = nulls > 0 ? leaf("gate.A", "gate2.A") : leaf("gate.A");
        this.routerB = leaf("gate.B");
        this.nullsB = nulls > 0 ? leaf("gate2.B") : null;
        this.inputA = leaf("w1.A", "w3.A");
        this.gateB = leaf("w1.B");
        this.upB = leaf("w3.B");
        this.downA = leaf("w2.A");
        this.downB = leaf("w2.B");
    }

    static void check(MethodCase it) {
        new ExpansionGolden(it).languageModelLoss(null);
        new ExpansionGolden(it).balanceLoss();
        new ExpansionGolden(it).foldedRouter();
        if (it.golden().whole("m") > 0
                && !it.golden().options().path("exact_ties").asBoolean()) {
            // Null experts with rows of their own, which here hold the same numbers.
            new ExpansionGolden(it).languageModelLoss(it.weight("base.gate2"));
        }
    }

    private void languageModelLoss(@Nullable NDArray gate2) {
        NDArray logits = logits(gate2);
        RouterDecision decision = ops.mixtures().mix(logits, 1, it.router());
        Gates gates = decision.gates();
        Mixed mixed = ops.mixtures().mixed(logits, it.router());
        NDArray y = block(gates);

        it.assertOutput("out.logits", logits);
        it.assertOutput("out.probs", mixed.probabilities());
        it.assertOutput("out.selected", mixed.selected());
        it.assertOutput("out.gates", gates.weights());
        it.assertOutput("out.load", decision.load());
        NDArray share = gates.share();
        assertThat(share != null).isEqualTo(golden.has("out.null_share"));
        if (share != null) {
            it.assertOutput("out.null_share", share);
        }
        it.assertOutput("out.y", y);
        ops.autograd().backward(List.of(y), List.of(it.input("in.cotangent")));
        leaves().forEach(leaf -> it.assertGradient(String.valueOf(leaf.parts()), leaf.array(), numbers("grad.", leaf)));
    }

    private void balanceLoss() {
        NDArray made = logits(null);
        NDArray own = ops.autograd().leaf(made);
        for (NDArray logits : List.of(made, own)) {
            RouterStatistics statistics =
                    ops.mixtures().mix(logits, 1, it.router()).statistics();
            NDArray loss = ops.mixtures()
                    .balanceLoss(List.of(List.of(statistics)), it.balance(), golden.decimal("balance_coefficient"));
            it.assertOutput("out.balance", loss, golden.numbers("out.balance"));
            ops.autograd().backward(loss);
        }
        it.assertBalanceGradient("logits", own, it.taken(golden.numbers("grad.balance.logits"), 1));
        leaves().filter(leaf -> golden.has("grad.balance." + leaf.parts().get(0)))
                .forEach(leaf -> it.assertBalanceGradient(
                        String.valueOf(leaf.parts()), leaf.array(), numbers("grad.balance.", leaf)));
    }

    /** gate and gate2 with their LoRA folded in, used as one plain router. */
    private void foldedRouter() {
        NDArray logits = ops.mixtures().logits(x.array(), it.weight("out.folded_router"), 1);
        it.assertOutput(
                "out.y", block(ops.mixtures().mix(logits, 1, it.router()).gates()));
    }

    private NDArray logits(@Nullable NDArray gate2) {
        LoraHidden h = ops.mixtures()
                .loraHidden(x.array(), routerA.array(), null, 1, scale(), Merge.OUTPUTS, Dropout.NONE, rows);
        NDArray b2 = nullsB == null ? null : nullsB.array();
        return ops.experts().routerLogits(x.array(), it.weight("base.gate"), gate2, nulls, h, routerB.array(), b2);
    }

    private NDArray block(Gates gates) {
        return ops.experts()
                .dispatch(
                        x.array(),
                        gates,
                        Activation.SILU,
                        it.experts(),
                        new ExpertLora(inputA.array(), 0, gateB.array(), scale(), Dropout.NONE),
                        new ExpertLora(inputA.array(), 1, upB.array(), scale(), Dropout.NONE),
                        new ExpertLora(downA.array(), 0, downB.array(), scale(), Dropout.NONE),
                        rows);
    }

    private double scale() {
        return golden.decimal("alpha") / golden.whole("r");
    }

    private Stream<Leaf> leaves() {
        return Stream.of(x, routerA, routerB, nullsB, inputA, gateB, upB, downA, downB)
                .flatMap(Stream::ofNullable);
    }

    private Leaf leaf(String... parts) {
        Leaf shapeless = new Leaf(x.array(), List.of(parts));
        long[] shape = golden.shape("param." + parts[0]);
        long columns = shape[shape.length - (parts[0].endsWith(".B") ? 2 : 1)];
        double[] numbers = numbers("param.", shapeless);
        return new Leaf(ops.autograd().leaf(it.upload(numbers, numbers.length / columns, columns)), shapeless.parts());
    }

    /** What the golden tensors say about a leaf; B as [r, out] or [n·r, out]. */
    private double[] numbers(String prefix, Leaf leaf) {
        return leaf.parts().stream()
                .map(part -> prefix + part)
                .flatMapToDouble(tensor -> Arrays.stream(
                        tensor.endsWith(".x")
                                ? it.taken(golden.numbers(tensor), 1)
                                : tensor.endsWith(".B")
                                        ? MethodCase.swapped(golden.numbers(tensor), golden.shape(tensor))
                                        : golden.numbers(tensor)))
                .toArray();
    }
}
