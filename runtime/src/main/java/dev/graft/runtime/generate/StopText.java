package dev.graft.runtime.generate;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.util.List;

/**
 * Ends a text before the first of some strings, wherever the tokens' borders are. What may be the beginning of such a
 * string is held back. Not thread-safe.
 */
public final class StopText {
    private final List<String> stops;
    private String held = "";
    private boolean reached;

    /** @throws GraftException {@code E_PARAM} for an empty string */
    public StopText(List<String> stops) {
        if (stops.stream().anyMatch(String::isEmpty)) {
            throw new GraftException(Issue.error("E_PARAM", "an empty stop string ends every text before it begins"));
        }
        this.stops = List.copyOf(stops);
    }

    /** Takes the next piece of text. @return what is certain now and wasn't before; nothing once a stop was reached */
    public String accept(String piece) {
        if (reached) {
            return "";
        }
        String text = held + piece;
        int stop = stops.stream()
                .mapToInt(text::indexOf)
                .filter(at -> at >= 0)
                .min()
                .orElse(-1);
        reached = stop >= 0;
        int certain = reached ? stop : firstDoubtful(text);
        held = reached ? "" : text.substring(certain);
        return text.substring(0, certain);
    }

    /** Whether a stop string came: the text has ended. */
    public boolean reached() {
        return reached;
    }

    /** What was held back, at the end of the text. */
    public String finish() {
        String rest = held;
        held = "";
        return rest;
    }

    /** Where a stop string may have begun; the text's length if nowhere. */
    private int firstDoubtful(String text) {
        for (int start = 0; start < text.length(); start++) {
            String end = text.substring(start);
            if (stops.stream().anyMatch(stop -> stop.startsWith(end))) {
                return start;
            }
        }
        return text.length();
    }
}
