package dev.graft.cli;

import dev.graft.runtime.evaluate.AskingMonitor;

/** How the asking of questions goes: a bar where a person watches, otherwise a line now and then. */
interface AskingProgress extends AskingMonitor, AutoCloseable {

    static AskingProgress on(Terminal terminal) {
        return terminal.interactive() ? new AskingBar(terminal.err()) : new AskingLines(terminal.err());
    }

    @Override
    default void close() {}
}
