package dev.graft.runtime.evaluate;

import ai.djl.ndarray.NDManager;
import dev.graft.checkpoint.Checkpoint;
import dev.graft.runtime.adapter.AdapterFile;
import dev.graft.runtime.adapter.BaseIdentity;
import dev.graft.runtime.engine.ElementType;
import dev.graft.runtime.engine.TorchEngine;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Leaves;
import dev.graft.runtime.model.Weights;
import dev.graft.runtime.train.Program;
import java.nio.file.Path;

/** A generated model on its base, ready to be asked: frozen weights, and the values of an adapter if it has one. */
public final class LoadedModel implements AutoCloseable {
    private final Weights weights;
    private final NDManager scope;
    private final Program program;
    private final LanguageModel model;

    private LoadedModel(Weights weights, NDManager scope, Program program, LanguageModel model) {
        this.weights = weights;
        this.scope = scope;
        this.program = program;
        this.model = model;
    }

    /** The base as it is; {@code program} is that of a plan without sites. */
    public static LoadedModel untouched(TorchEngine engine, Program program, Checkpoint base, ElementType precision) {
        return load(engine, program, base, precision, new float[0]);
    }

    /**
     * The patched model with a trained adapter.
     *
     * @throws dev.graft.issue.GraftException {@code E_BASE_MISMATCH} for another base or spec than the adapter's own, {@code
     *     E_ADAPTER} or {@code E_NONFINITE} for a file that can't be used
     */
    public static LoadedModel adapted(
            TorchEngine engine, Program program, Checkpoint base, ElementType precision, Path adapter) {
        AdapterFile file = AdapterFile.open(adapter);
        file.requireFits(program.modelHash(), BaseIdentity.of(base));
        return load(engine, program, base, precision, file.values(program.layout(), false));
    }

    private static LoadedModel load(
            TorchEngine engine, Program program, Checkpoint base, ElementType precision, float[] values) {
        NDManager scope = engine.scope();
        Weights weights = new Weights(engine, base, precision);
        Leaves leaves = Leaves.of(engine.ops(scope), program.layout(), values);
        return new LoadedModel(weights, scope, program, program.newModel(weights, leaves));
    }

    public LanguageModel model() {
        return model;
    }

    public Weights weights() {
        return weights;
    }

    public Program program() {
        return program;
    }

    @Override
    public void close() {
        scope.close();
        weights.close();
    }
}
