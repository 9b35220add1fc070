package dev.graft.cli;

import java.io.PrintStream;

/** A line every so many seconds, for logs. */
final class AskingLines implements AskingProgress {
    private static final long EVERY_NANOS = 10_000_000_000L;

    private final PrintStream out;
    private long told = System.nanoTime();

    AskingLines(PrintStream out) {
        this.out = out;
    }

    @Override
    public void answered(int answered, int of) {
        long now = System.nanoTime();
        if (now - told > EVERY_NANOS) {
            told = now;
            out.println(answered + " of " + of + " questions answered");
        }
    }
}
