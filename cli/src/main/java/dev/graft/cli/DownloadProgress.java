package dev.graft.cli;

import dev.graft.checkpoint.hub.HubModel;
import dev.graft.checkpoint.hub.HubMonitor;
import dev.graft.issue.Issue;
import java.io.PrintStream;

/** How a download goes: a bar where a person watches, otherwise a line now and then. */
abstract class DownloadProgress implements HubMonitor, AutoCloseable {
    final PrintStream out;

    DownloadProgress(PrintStream out) {
        this.out = out;
    }

    static DownloadProgress on(Terminal terminal) {
        return terminal.interactive() ? new DownloadBar(terminal.err()) : new DownloadLines(terminal.err());
    }

    /** Prints a line without spoiling what is drawn. */
    abstract void say(String line);

    @Override
    public void waiting(HubModel model) {
        say(model + ": another process is downloading it; waiting for that");
    }

    @Override
    public void failed(Issue why) {
        say(why.message() + "; trying again");
    }

    @Override
    public void close() {}
}
