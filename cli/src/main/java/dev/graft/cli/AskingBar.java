package dev.graft.cli;

import java.io.PrintStream;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** A bar of the questions that were answered. */
final class AskingBar implements AskingProgress {
    private final PrintStream out;
    private @Nullable ProgressBar bar;

    AskingBar(PrintStream out) {
        this.out = out;
    }

    @Override
    public void answered(int answered, int of) {
        ProgressBar shown = bar;
        if (shown == null) {
            shown = Bars.on(out).setTaskName("asking").setInitialMax(of).build();
            bar = shown;
        }
        shown.maxHint(of).stepTo(answered);
    }

    @Override
    public void close() {
        ProgressBar shown = bar;
        if (shown != null) {
            shown.close();
        }
    }
}
