package dev.graft.cli;

import dev.graft.runtime.train.Metrics.RunStart;
import dev.graft.runtime.train.Metrics.StepMetrics;
import java.io.PrintStream;

/** A line every so many steps, for logs. */
final class ProgressLines implements Progress {
    private static final int LINES = 20;

    private final PrintStream out;
    private long steps = 1;

    ProgressLines(PrintStream out) {
        this.out = out;
    }

    @Override
    public void started(RunStart start) {
        steps = start.steps();
        if (start.step() > 0) {
            out.println("going on after step " + start.step());
        }
    }

    @Override
    public void stepped(StepMetrics step) {
        long every = Math.max(1, steps / LINES);
        if (step.step() % every == 0 || step.step() == 1 || step.step() == steps || step.skipped()) {
            out.println("step " + step.step() + "/" + steps + ": " + Progress.words(step));
        }
    }

    @Override
    public void say(String line) {
        out.println(line);
    }
}
