package dev.graft.checkpoint.hub;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;

/** A server says that it can't answer now. */
final class TryLater extends IOException {
    private static final long serialVersionUID = 1L;
    private static final Set<Integer> STATUSES = Set.of(408, 429, 500, 502, 503, 504);

    private final int seconds;

    /** @param seconds that the server asks for, or 0 */
    TryLater(String server, int status, int seconds) {
        super(server + " answers " + status);
        this.seconds = seconds;
    }

    static boolean isSaidBy(int status) {
        return STATUSES.contains(status);
    }

    Duration after() {
        return Duration.ofSeconds(seconds);
    }
}
