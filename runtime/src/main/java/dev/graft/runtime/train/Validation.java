package dev.graft.runtime.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.runtime.data.Batches;
import dev.graft.runtime.data.Dataset;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.RoutingLoad;
import dev.graft.runtime.train.Metrics.LayerLoad;
import dev.graft.runtime.train.Metrics.Passage;
import dev.graft.runtime.train.Metrics.TaskMetrics;
import dev.graft.runtime.train.Metrics.ValidationMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Measures a model on the validation examples: mean loss, perplexity, and what every router let through. */
public final class Validation {
    private final TorchEngine engine;
    private final LanguageModel model;
    private final RouterMetrics routers;
    private final List<Dataset.Part> parts;
    private final int microBatch;
    private final List<String> passage;
    private final Interruption interruption;

    /**
     * Measures these examples.
     *
     * @param data those of different tasks are told apart
     * @param passage the texts of the first example's tokens, whose own loads are reported; empty for none
     * @param microBatch examples a pass
     */
    public Validation(
            TorchEngine engine,
            LanguageModel model,
            RouterMetrics routers,
            Dataset data,
            List<String> passage,
            int microBatch,
            Interruption interruption) {
        this.engine = engine;
        this.model = model;
        this.routers = routers;
        this.parts = data.asParts();
        this.microBatch = microBatch;
        this.passage = List.copyOf(passage);
        this.interruption = interruption;
    }

    /** Whether there is anything to measure on. */
    boolean possible() {
        return parts.stream().anyMatch(part -> !part.examples().isEmpty());
    }

    /** The weights as they are after a step; empty if the run was interrupted meanwhile. */
    public Optional<ValidationMetrics> measure(long step) {
        Sums all = new Sums();
        List<TaskMetrics> tasks = new ArrayList<>();
        for (Dataset.Part part : parts) {
            Sums own = new Sums();
            for (List<Example> examples : Batches.split(part.examples(), microBatch, 0)) {
                if (interruption.requested()) {
                    return Optional.empty();
                }
                own.add(examples);
            }
            all.add(own);
            if (!part.name().isEmpty()) {
                tasks.add(new TaskMetrics(
                        part.name(), own.mean(), own.tokens, Metrics.orNull(own.load.mean()), routers.of(own.load)));
            }
        }
        List<LayerLoad> layers = routers.of(all.load);
        return Optional.of(new ValidationMetrics(
                step,
                all.mean(),
                Math.exp(all.mean()),
                all.tokens,
                Metrics.orNull(all.load.mean()),
                routers.flops(layers),
                layers,
                tasks));
    }

    /** The load of each token of the first example; empty without examples or routers. */
    Optional<Passage> passage(long step) {
        if (!possible()) {
            return Optional.empty();
        }
        try (NDManager scope = engine.scope()) {
            Ops ops = engine.ops(scope);
            Pass pass = Pass.over(model, ops, parts.get(0).examples().subList(0, 1));
            Forward.hidden(model, pass);
            List<Double> load = RoutingLoad.byToken(pass);
            return load.isEmpty() ? Optional.empty() : Optional.of(new Passage(step, passage, load));
        }
    }

    /** What examples add up to. */
    private final class Sums {
        private final RoutingLoad load = new RoutingLoad();
        private double loss;
        private long tokens;

        private void add(List<Example> examples) {
            try (NDManager scope = engine.scope()) {
                Ops ops = engine.ops(scope);
                Pass pass = Pass.over(model, ops, examples);
                NDArray hidden = Forward.hidden(model, pass); // [T, d]
                loss += ops.scalar(Forward.loss(model, pass, hidden));
                tokens += examples.stream().mapToLong(Example::supervised).sum();
                load.add(ops, List.of(pass.routing()));
            }
        }

        private void add(Sums part) {
            loss += part.loss;
            tokens += part.tokens;
            load.add(part.load);
        }

        private double mean() {
            return loss / tokens;
        }
    }
}
