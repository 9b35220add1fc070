package dev.graft.runtime.train;

import dev.graft.runtime.engine.Workers;
import dev.graft.runtime.model.Routing;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The passes over the parts of one micro-batch, which run at the same time; closing them frees their tensors. */
public final class Passes implements AutoCloseable {
    private final Workers workers;
    private final List<PartPass> passes;

    /** @param passes at most one for each worker */
    Passes(Workers workers, List<PartPass> passes) {
        this.workers = workers;
        this.passes = List.copyOf(passes);
    }

    /** Runs the forward passes. */
    public void forward(PassLoss loss) {
        each(pass -> pass.forward(loss));
    }

    /** Runs the backward passes; the balance losses see what the routers of all passes decided. */
    void backward(Step step, BalanceLoss balance) {
        List<Routing> routings = passes.stream().map(PartPass::routing).toList();
        each(pass -> pass.backward(step, balance, routings));
    }

    void addTo(Tally tally) {
        passes.forEach(pass -> pass.addTo(tally));
    }

    @Override
    public void close() {
        each(PartPass::close);
    }

    private void each(Consumer<PartPass> work) {
        workers.all(passes.stream().map(pass -> task(pass, work)).toList());
    }

    private static Supplier<PartPass> task(PartPass pass, Consumer<PartPass> work) {
        return () -> {
            work.accept(pass);
            return pass;
        };
    }
}
