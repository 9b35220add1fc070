package dev.graft.cli.bench;

import dev.graft.cli.bench.PhaseClock.Phase;
import dev.graft.dsl.Training;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.model.LanguageModel;
import dev.graft.runtime.model.Layout;
import dev.graft.runtime.model.Leaves;
import dev.graft.runtime.model.Weights;
import dev.graft.runtime.train.Passes;
import dev.graft.runtime.train.Program;
import dev.graft.runtime.train.Step;
import dev.graft.runtime.train.TrainingRun;
import java.util.List;

/**
 * A program whose loop is timed at the calls it makes; the work is the program's own.
 *
 * @param steps gets every step that was begun
 */
record TimedProgram(Program program, PhaseClock clock, List<Step> steps) implements Program {

    @Override
    public void train(TrainingRun run) {
        program.train(new TimedRun(run, clock, steps));
        clock.enter(Phase.OTHER);
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

    /** A generated loop asks for the passes of a micro-batch, runs them forward and hands them back. */
    private static final class TimedRun implements TrainingRun {
        private final TrainingRun run;
        private final PhaseClock clock;
        private final List<Step> steps;

        TimedRun(TrainingRun run, PhaseClock clock, List<Step> steps) {
            this.run = run;
            this.clock = clock;
            this.steps = steps;
        }

        @Override
        public boolean hasNext() {
            return run.hasNext();
        }

        @Override
        public Step next() {
            clock.step();
            Step step = run.next();
            steps.add(step);
            return step;
        }

        @Override
        public Passes passes(Step step, List<Example> examples) {
            clock.enter(Phase.FORWARD);
            return run.passes(step, examples);
        }

        @Override
        public void backward(Step step, Passes passes) {
            clock.enter(Phase.BACKWARD);
            run.backward(step, passes);
            clock.enter(Phase.OTHER);
        }

        @Override
        public void update(Step step) {
            clock.enter(Phase.OPTIMIZER);
            run.update(step);
        }
    }
}
