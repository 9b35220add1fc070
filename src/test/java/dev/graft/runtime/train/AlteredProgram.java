package dev.graft.runtime.train;

import ai.djl.ndarray.NDArray;
import dev.graft.dsl.Training;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Layout;
import dev.graft.runtime.model.Leaves;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.Weights;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.function.UnaryOperator;

/**
 * A generated program with the generated loop, written out here so that a test can reach into it.
 *
 * @param examples what a pass is made of instead of its examples
 * @param losses what a pass's loss becomes
 */
record AlteredProgram(Program program, UnaryOperator<Step> examples, Losses losses) implements Program {
    /** Large enough that its square is no fp32 number. */
    private static final double STEEP = 1e30;

    interface Losses {
        NDArray of(Ops ops, NDArray loss, long step);
    }

    /** In some steps the loss is not a number. */
    static AlteredProgram spoiled(Program program, LongPredicate steps) {
        return new AlteredProgram(
                program,
                step -> step,
                (ops, loss, step) ->
                        steps.test(step) ? ops.multiply(loss, ops.view(ops.upload(new float[] {Float.NaN}, 1))) : loss);
    }

    /** In some steps the loss is what it was, but its gradient infinite: loss + 1e30 · 1e30 · (loss - the same number). */
    static AlteredProgram steep(Program program, LongPredicate steps) {
        return new AlteredProgram(program, step -> step, (ops, loss, step) -> {
            if (!steps.test(step)) {
                return loss;
            }
            NDArray number = ops.view(ops.upload(ops.floats(loss), 1));
            NDArray nothing = ops.add(loss, ops.scale(number, -1));
            return ops.add(loss, ops.scale(ops.scale(nothing, STEEP), STEEP));
        });
    }

    /** In some steps no token carries loss. */
    static AlteredProgram unlabelled(Program program, LongPredicate steps) {
        return new AlteredProgram(
                program,
                step -> steps.test(step.index())
                        ? new Step(
                                step.index(),
                                step.epoch(),
                                step.rate(),
                                step.microBatches().stream()
                                        .map(pass -> pass.stream()
                                                .map(e -> new Example(e.ids(), e.length()))
                                                .toList())
                                        .toList())
                        : step,
                (ops, loss, step) -> loss);
    }

    @Override
    public void train(TrainingRun run) {
        while (run.hasNext()) {
            Step step = examples.apply(run.next());
            for (List<Example> microBatch : step.microBatches()) {
                accumulate(run, step, microBatch);
            }
            run.update(step);
        }
    }

    private void accumulate(TrainingRun run, Step step, List<Example> microBatch) {
        try (Passes passes = run.passes(step, microBatch)) {
            passes.forward((model, pass) -> losses.of(pass.ops(), loss(model, pass), step.index()));
            run.backward(step, passes);
        }
    }

    private static NDArray loss(LanguageModel model, Pass pass) {
        NDArray hidden = Forward.hidden(model, pass);
        return Forward.loss(model, pass, hidden);
    }

    @Override
    public String modelHash() {
        return program.modelHash();
    }

    @Override
    public String planHash() {
        return program.planHash();
    }

    @Override
    public Training training() {
        return program.training();
    }

    @Override
    public Layout layout() {
        return program.layout();
    }

    @Override
    public LanguageModel newModel(Weights weights, Leaves leaves) {
        return program.newModel(weights, leaves);
    }
}
