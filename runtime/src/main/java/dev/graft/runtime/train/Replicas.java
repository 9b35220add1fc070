package dev.graft.runtime.train;

import ai.djl.ndarray.NDManager;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.engine.Workers;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Layout;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.RecomputedPass;
import dev.graft.runtime.model.Weights;
import dev.graft.runtime.random.RandomKey;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A model once for each worker, over the same weights and trainable values: they divide a micro-batch among themselves. */
final class Replicas {
    private final TorchEngine engine;
    private final Workers workers;
    private final List<LanguageModel> models;
    private final boolean recompute;
    private final int firstTrained;
    private final RandomKey masks;
    private final Split split;

    Replicas(Workers workers, Program program, Weights weights, Updater updater) {
        Layout layout = program.layout();
        this.engine = weights.engine();
        this.workers = workers;
        this.models = IntStream.range(0, workers.count())
                .mapToObj(replica -> program.newModel(weights, updater.leaves(layout, replica)))
                .toList();
        this.recompute = program.training().recompute();
        this.firstTrained =
                layout.leaves().stream().mapToInt(Layout.Leaf::layer).min().orElse(0);
        this.masks = RandomKey.of(program.training().seed()).with("dropout".hashCode());
        this.split = new Split(workers.count());
    }

    /** One of them, for what is done by one thread. */
    LanguageModel first() {
        return models.get(0);
    }

    /** The passes over a step's micro-batch, with gradients. */
    Passes passes(Step step, List<Example> examples) {
        List<PartPass> passes = new ArrayList<>();
        for (Split.Part part : split.of(examples, step.firstRow(examples))) {
            passes.add(pass(step, part, models.get(passes.size())));
        }
        return new Passes(workers, passes);
    }

    private PartPass pass(Step step, Split.Part part, LanguageModel model) {
        NDManager scope = engine.scope();
        Pass pass = Pass.over(model, engine.recording(scope), part.examples(), part.numbers())
                .with(masks.with(step.index()));
        return new PartPass(scope, recompute ? new RecomputedPass(model, engine, firstTrained) : model, pass);
    }
}
