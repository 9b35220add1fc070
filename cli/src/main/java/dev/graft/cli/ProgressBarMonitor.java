package dev.graft.cli;

import dev.graft.runtime.train.Metrics.RunStart;
import dev.graft.runtime.train.Metrics.StepMetrics;
import java.io.PrintStream;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** A bar that is redrawn in place; what stays is printed above it. */
final class ProgressBarMonitor implements Progress {
    private final PrintStream out;
    private @Nullable ProgressBar bar;

    ProgressBarMonitor(PrintStream out) {
        this.out = out;
    }

    @Override
    public void started(RunStart start) {
        bar = Bars.on(out)
                .setTaskName("training")
                .setInitialMax(start.steps())
                .startsFrom(start.step(), java.time.Duration.ZERO)
                .build();
    }

    @Override
    public void stepped(StepMetrics step) {
        ProgressBar shown = bar;
        if (shown != null) {
            shown.stepTo(step.step()).setExtraMessage(" " + Progress.words(step));
        }
    }

    @Override
    public void say(String line) {
        out.println(Bars.CLEAR + line);
    }

    @Override
    public void close() {
        ProgressBar shown = bar;
        if (shown != null) {
            shown.close();
        }
    }
}
