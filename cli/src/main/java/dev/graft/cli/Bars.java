package dev.graft.cli;

import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** How all bars look. */
final class Bars {
    /** Back to the line's start, and clear it. */
    static final String CLEAR = "\r\u001b[K";

    private static final int REDRAW_MILLIS = 250;

    private Bars() {}

    /** A bar that is redrawn in place. */
    static ProgressBarBuilder on(PrintStream out) {
        return new ProgressBarBuilder()
                .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                .setUpdateIntervalMillis(REDRAW_MILLIS)
                .setConsumer(new ConsoleProgressBarConsumer(out));
    }
}
