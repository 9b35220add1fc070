package dev.graft.runtime.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.dsl.Training;
import dev.graft.runtime.data.Example;
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
 * @param spoiled the steps whose losses are not numbers
 */
record AlteredProgram(Program program, UnaryOperator<Step> examples, LongPredicate spoiled) implements Program {

    static AlteredProgram spoiled(Program program, LongPredicate steps) {
        return new AlteredProgram(program, step -> step, steps);
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
                step -> false);
    }

    @Override
    public void train(TrainingRun run) {
        while (run.hasNext()) {
            Step step = examples.apply(run.next());
            for (List<Example> pass : step.microBatches()) {
                accumulate(run, step, pass);
            }
            run.update(step);
        }
    }

    private void accumulate(TrainingRun run, Step step, List<Example> pass) {
        try (NDManager scope = run.newScope()) {
            Pass forward = run.pass(scope, step, pass);
            NDArray hidden = Forward.hidden(run.model(), forward);
            NDArray loss = Forward.loss(run.model(), forward, hidden);
            if (spoiled.test(step.index())) {
                loss = forward.ops()
                        .multiply(loss, forward.ops().view(forward.ops().upload(new float[] {Float.NaN}, 1)));
            }
            run.backward(step, forward, loss);
        }
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
