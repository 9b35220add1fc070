package dev.graft.cli;

import dev.graft.checkpoint.hub.HubModel;
import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** A bar for the file at hand, with its speed. */
final class DownloadBar extends DownloadProgress {
    private static final long MEGABYTE = 1_000_000;

    private @Nullable ProgressBar bar;

    DownloadBar(PrintStream out) {
        super(out);
    }

    @Override
    public void started(HubModel model, String file, long from, long size) {
        bar = Bars.on(out)
                .setTaskName(file)
                .setInitialMax(size)
                .startsFrom(from, Duration.ZERO)
                .setUnit(" MB", MEGABYTE)
                .showSpeed()
                .build();
    }

    @Override
    public void reached(long bytes) {
        ProgressBar shown = bar;
        if (shown != null) {
            shown.stepTo(bytes);
        }
    }

    @Override
    public void finished() {
        close();
    }

    @Override
    void say(String line) {
        out.println(Bars.CLEAR + line);
    }

    @Override
    public void close() {
        ProgressBar shown = bar;
        if (shown != null) {
            shown.close();
            bar = null;
        }
    }
}
