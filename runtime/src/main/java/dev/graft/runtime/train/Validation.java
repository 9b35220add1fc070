package dev.graft.runtime.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.runtime.data.Batches;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Layout;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.RoutingLoad;
import dev.graft.runtime.train.Metrics.Passage;
import dev.graft.runtime.train.Metrics.ValidationMetrics;
import java.util.List;
import java.util.Optional;

/** Measures a model on the validation examples: mean loss, perplexity, and what every router let through. */
public final class Validation {
    private final TorchEngine engine;
    private final LanguageModel model;
    private final RouterNames routers;
    private final List<List<Example>> passes;
    private final List<String> passage;
    private final Interruption interruption;

    /**
     * Measures these examples.
     *
     * @param passage the texts of the first example's tokens, whose own loads are reported; empty for none
     * @param microBatch examples a pass
     */
    public Validation(
            TorchEngine engine,
            LanguageModel model,
            Layout layout,
            List<Example> examples,
            List<String> passage,
            int microBatch,
            Interruption interruption) {
        this.engine = engine;
        this.model = model;
        this.routers = new RouterNames(layout);
        this.passes = Batches.split(examples, microBatch, 0);
        this.passage = List.copyOf(passage);
        this.interruption = interruption;
    }

    /** Whether there is anything to measure on. */
    boolean possible() {
        return !passes.isEmpty();
    }

    /** The weights as they are after a step; empty if the run was interrupted meanwhile. */
    public Optional<ValidationMetrics> measure(long step) {
        RoutingLoad load = new RoutingLoad();
        double loss = 0;
        long tokens = 0;
        for (List<Example> examples : passes) {
            if (interruption.requested()) {
                return Optional.empty();
            }
            try (NDManager scope = engine.scope()) {
                Ops ops = engine.ops(scope);
                Pass pass = Pass.over(model, ops, examples, 0);
                NDArray hidden = Forward.hidden(model, pass); // [T, d]
                loss += ops.scalar(Forward.loss(model, pass, hidden));
                tokens += examples.stream().mapToLong(Example::supervised).sum();
                load.add(ops, List.of(pass.routing()));
            }
        }
        double mean = loss / tokens;
        return Optional.of(new ValidationMetrics(
                step, mean, Math.exp(mean), tokens, Metrics.orNull(load.mean()), routers.of(load)));
    }

    /** The load of each token of the first example; empty without examples or routers. */
    Optional<Passage> passage(long step) {
        if (!possible()) {
            return Optional.empty();
        }
        try (NDManager scope = engine.scope()) {
            Ops ops = engine.ops(scope);
            Pass pass = Pass.over(model, ops, passes.get(0).subList(0, 1), 0);
            Forward.hidden(model, pass);
            List<Double> load = RoutingLoad.byToken(pass);
            return load.isEmpty() ? Optional.empty() : Optional.of(new Passage(step, passage, load));
        }
    }
}
