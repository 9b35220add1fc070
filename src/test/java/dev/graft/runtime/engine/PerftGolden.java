package dev.graft.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Graft;
import dev.graft.dsl.Merge;
import dev.graft.dsl.Normalisation;
import dev.graft.dsl.Router;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A golden case of PERFT: adapters of either kind beside a frozen block, in each of the four routings. */
final class PerftGolden {
    private final MethodCase it;
    private final GoldenFile golden;
    private final Ops ops;
    private final Rows rows;
    private final NDArray x;
    private final NDArray first;
    private final NDArray second;
    private final @Nullable NDArray router;
    private final NDArray hostLogits;
    private final Gates host;

    private PerftGolden(MethodCase it) {
        this.it = it;
        this.golden = it.golden();
        this.ops = it.ops();
        this.rows = it.rows();
        this.x = ops.autograd().leaf(it.input("in.x"));
        long hidden = (long) golden.whole("N") * golden.whole("r");
        long width = golden.whole("d");
        this.first = ops.autograd().leaf(it.weight("param." + firstName(), hidden, width));
        this.second = ops.autograd().leaf(it.upload(swapped("param." + secondName()), hidden, width));
        this.router = golden.has("param.router") ? ops.autograd().leaf(it.weight("param.router")) : null;
        this.hostLogits = ops.experts().routerLogits(x, it.weight("base.host_gate"), null, 0, null, null, null);
        this.host = ops.mixtures().mix(hostLogits, 1, hostRule()).gates();
    }

    static void check(MethodCase it) {
        new PerftGolden(it).languageModelLoss();
        PerftGolden balance = new PerftGolden(it);
        balance.hostBalance();
        if (balance.router != null) {
            balance.ownBalance(balance.router);
        }
    }

    private void languageModelLoss() {
        Mixed routed = ops.mixtures().mixed(hostLogits, hostRule());
        NDArray block = ops.experts().dispatch(x, host, Activation.SILU, it.experts(), null, null, null, rows);
        NDArray y = beside(block, gates());

        it.assertOutput("out.host_logits", hostLogits);
        it.assertOutput("out.host_probs", routed.probabilities());
        it.assertOutput("out.host_selected", routed.selected());
        it.assertOutput("out.host_gates", host.weights());
        it.assertOutput("out.host_y", block);
        it.assertOutput("out.y", y);
        ops.autograd().backward(List.of(y), List.of(it.input("in.cotangent")));
        it.assertGradient("x", x, it.taken(golden.numbers("grad.x"), 1));
        it.assertGradient(firstName(), first, golden.numbers("grad." + firstName()));
        it.assertGradient(secondName(), second, swapped("grad." + secondName()));
        if (router != null) {
            it.assertGradient("router", router, golden.numbers("grad.router"));
        }
    }

    private @Nullable Gates gates() {
        if (router == null) {
            return golden.option("scale_source").equals("host") ? host : null;
        }
        NDArray logits = ops.mixtures().logits(x, router, 1);
        Mixed mixed = ops.mixtures().mixed(logits, it.router());
        RouterDecision decision = golden.option("scale_source").equals("host")
                ? ops.experts().hostScaled(logits, host, it.router())
                : ops.mixtures().mix(logits, 1, it.router());
        it.assertOutput("out.logits", logits);
        it.assertOutput("out.probs", mixed.probabilities());
        it.assertOutput("out.selected", mixed.selected());
        it.assertOutput("out.gates", decision.gates().weights());
        assertThat(ops.floats(decision.load())).containsOnly(golden.whole("k"));
        return decision.gates();
    }

    private NDArray beside(NDArray block, @Nullable Gates gates) {
        if (parallel()) {
            NDArray h = ops.experts().parallelHidden(x, first, gates, Dropout.NONE, rows);
            return ops.experts().plus(block, h, second);
        }
        double scale = golden.decimal("alpha") / golden.whole("r");
        LoraHidden h = ops.mixtures().loraHidden(x, first, gates, 1, scale, Merge.OUTPUTS, Dropout.NONE, rows);
        return ops.experts().plus(block, h, second);
    }

    private void hostBalance() {
        NDArray leaf = ops.autograd().leaf(hostLogits);
        NDArray loss = balanceLoss(leaf, hostRule());
        it.assertOutput("out.balance_host", loss, golden.numbers("out.balance_host"));
        ops.autograd().backward(loss);
        it.assertHostBalanceGradient("host_logits", leaf, it.taken(golden.numbers("grad.balance_host.host_logits"), 1));
    }

    private void ownBalance(NDArray own) {
        NDArray made = ops.mixtures().logits(x, own, 1);
        NDArray leaf = ops.autograd().leaf(made);
        for (NDArray logits : List.of(made, leaf)) {
            NDArray loss = balanceLoss(logits, it.router());
            it.assertOutput("out.balance", loss, golden.numbers("out.balance"));
            ops.autograd().backward(loss);
        }
        it.assertBalanceGradient("logits", leaf, it.taken(golden.numbers("grad.balance.logits"), 1));
        it.assertBalanceGradient("router", own, golden.numbers("grad.balance.router"));
    }

    private NDArray balanceLoss(NDArray logits, Router rule) {
        RouterStatistics statistics = ops.mixtures().mix(logits, 1, rule).statistics();
        return ops.mixtures()
                .balanceLoss(List.of(List.of(statistics)), it.balance(), golden.decimal("balance_coefficient"));
    }

    private Router hostRule() {
        return Graft.topK(golden.whole("host_k"))
                .normalise(
                        golden.option("host_normalisation").equals("selected")
                                ? Normalisation.SELECTED
                                : Normalisation.NONE);
    }

    private boolean parallel() {
        return golden.option("adapter").equals("parallel");
    }

    private String firstName() {
        return parallel() ? "W1" : "A";
    }

    private String secondName() {
        return parallel() ? "W2" : "B";
    }

    private double[] swapped(String tensor) {
        return MethodCase.swapped(golden.numbers(tensor), golden.shape(tensor));
    }
}
