package dev.graft.cli;

import dev.graft.checkpoint.hub.HubModel;
import java.io.PrintStream;
import java.util.Locale;

/** A line for each file and every so many seconds of a large one, for logs. */
final class DownloadLines extends DownloadProgress {
    private static final double SECONDS = 1e9;
    private static final double MEGABYTE = 1e6;
    private static final int EVERY_SECONDS = 10;

    private String file = "";
    private long from;
    private long size;
    private long reached;
    private long start;
    private long told;

    DownloadLines(PrintStream out) {
        super(out);
    }

    @Override
    public void started(HubModel model, String name, long begin, long bytes) {
        file = model + ": " + name;
        from = begin;
        reached = begin;
        size = bytes;
        start = System.nanoTime();
        told = start;
        if (begin > 0) {
            say(file + ": going on after " + begin + " bytes");
        }
    }

    @Override
    public void reached(long bytes) {
        from = Math.min(from, bytes); // a server that can't go on begins again
        reached = bytes;
        long now = System.nanoTime();
        if (now - told > EVERY_SECONDS * SECONDS) {
            told = now;
            say(line(String.format(Locale.ROOT, "%.1f of %.1f MB", bytes / MEGABYTE, size / MEGABYTE)));
        }
    }

    @Override
    public void finished() {
        say(line(String.format(Locale.ROOT, "%.1f MB", size / MEGABYTE)));
    }

    private String line(String done) {
        double seconds = Math.max(1e-3, (System.nanoTime() - start) / SECONDS);
        return file + ": " + done + String.format(Locale.ROOT, ", %.1f MB/s", (reached - from) / MEGABYTE / seconds);
    }

    @Override
    void say(String line) {
        out.println(line);
    }
}
