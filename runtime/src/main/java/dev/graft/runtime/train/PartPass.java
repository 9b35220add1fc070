package dev.graft.runtime.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.RecomputedPass;
import dev.graft.runtime.model.Routing;
import dev.graft.runtime.model.Supervised;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One pass and the model that it goes through; used by one thread at a time. */
final class PartPass implements AutoCloseable {
    private final NDManager scope;
    private final LanguageModel model;
    private final Pass pass;
    private @Nullable NDArray loss;
    private @Nullable NDArray balance;

    /** @param scope owner of the pass's tensors, which ends with the pass */
    PartPass(NDManager scope, LanguageModel model, Pass pass) {
        this.scope = scope;
        this.model = model;
        this.pass = pass;
    }

    void forward(PassLoss function) {
        loss = function.of(model, pass);
    }

    /** What its routers decided in the forward pass. */
    Routing routing() {
        return pass.routing();
    }

    /**
     * Sends the gradients of its losses to the leaves.
     *
     * @param all routings of its micro-batch, its own among them
     */
    void backward(Step step, BalanceLoss rules, List<Routing> all) {
        Ops ops = pass.ops();
        NDArray regular = rules.of(ops, pass.routing(), all, step);
        Supervised supervised = pass.supervised();
        if (regular != null) {
            backward(ops.add(loss(), regular));
        } else if (supervised != null && supervised.count() > 0) {
            backward(loss());
        }
        balance = regular;
    }

    private void backward(NDArray total) {
        pass.ops().autograd().backward(total);
        if (model instanceof RecomputedPass recomputed) {
            recomputed.backward(pass);
        }
    }

    void addTo(Tally tally) {
        tally.add(loss(), balance, pass.routing());
    }

    private NDArray loss() {
        NDArray known = loss;
        if (known == null) {
            throw new IllegalStateException("the pass has no loss yet: call forward first");
        }
        return known;
    }

    @Override
    public void close() {
        scope.close();
    }
}
