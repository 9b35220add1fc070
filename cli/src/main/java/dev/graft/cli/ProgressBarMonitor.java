package dev.graft.cli;

import dev.graft.runtime.train.Metrics.RunStart;
import dev.graft.runtime.train.Metrics.StepMetrics;
import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A bar that is redrawn in place; what stays is printed above it. */
final class ProgressBarMonitor implements Progress {
    private static final int REDRAW_MILLIS = 250;
    /** Back to the line's start, and clear it. */
    private static final String CLEAR = "\r\u001b[K";

    private final PrintStream out;
    private @Nullable ProgressBar bar;

    ProgressBarMonitor(PrintStream out) {
        this.out = out;
    }

    @Override
    public void started(RunStart start) {
        bar = new ProgressBarBuilder()
                .setTaskName("training")
                .setInitialMax(start.steps())
                .startsFrom(start.step(), java.time.Duration.ZERO)
                .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                .setUpdateIntervalMillis(REDRAW_MILLIS)
                .setConsumer(new ConsoleProgressBarConsumer(out))
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
        out.println(CLEAR + line);
    }

    @Override
    public void close() {
        ProgressBar shown = bar;
        if (shown != null) {
            shown.close();
        }
    }
}
