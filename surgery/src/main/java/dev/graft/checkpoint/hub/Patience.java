package dev.graft.checkpoint.hub;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.UnknownHostException;
import java.time.Duration;

/** Counts failures in a row of what may go better in a moment, waits longer after each, and gives up after some. */
final class Patience {
    static final int ATTEMPTS = 5;

    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final HubSettings settings;
    private final HubMonitor monitor;
    private int failures;

    Patience(HubSettings settings, HubMonitor monitor) {
        this.settings = settings;
        this.monitor = monitor;
    }

    /** What failed got on in the meantime. */
    void renew() {
        failures = 0;
    }

    /**
     * Waits before the next attempt.
     *
     * @param what was tried, such as {@code "org/name: config.json"}
     * @throws GraftException {@code E_NETWORK} after the last attempt, or at once for a host that doesn't exist;
     *     {@code E_INTERRUPTED}
     */
    void failed(String what, IOException cause) {
        if (cause instanceof InterruptedIOException) {
            throw new GraftException(Issue.error("E_INTERRUPTED", what + ": the download was interrupted"), cause);
        }
        failures++;
        Issue issue = Issue.error("E_NETWORK", what + ": " + reason(cause));
        if (failures >= ATTEMPTS || cause instanceof UnknownHostException) {
            throw new GraftException(
                    issue.withFix(
                            "if a folder was meant, there is none of this name; otherwise run the command again when"
                                    + " the network is back: it goes on where it stopped"),
                    cause);
        }
        monitor.failed(issue);
        pause(what, cause);
    }

    private void pause(String what, IOException cause) {
        Duration doubled = settings.pause().multipliedBy(1L << (failures - 1));
        Duration asked = cause instanceof TryLater later ? later.after() : Duration.ZERO;
        Duration wait = asked.compareTo(doubled) > 0 ? asked : doubled;
        try {
            Thread.sleep((wait.compareTo(LONGEST) > 0 ? LONGEST : wait).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failed(what, new InterruptedIOException());
        }
    }

    private static String reason(IOException cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }
}
