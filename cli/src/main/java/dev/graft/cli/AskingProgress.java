package dev.graft.cli;

import dev.graft.runtime.evaluate.AskingMonitor;
import java.io.PrintStream;

/** How the asking of questions goes: a bar where a person watches, otherwise a line now and then. */
interface AskingProgress extends AskingMonitor, AutoCloseable {

    static AskingProgress on(Terminal terminal) {
        return terminal.interactive() ? new AskingBar(terminal.err()) : new Lines(terminal.err());
    }

    @Override
    default void close() {}

    /** A line every so many seconds, for logs. */
    final class Lines implements AskingProgress {
        private static final long EVERY_NANOS = 10_000_000_000L;

        private final PrintStream out;
        private long told = System.nanoTime();

        private Lines(PrintStream out) {
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
}
