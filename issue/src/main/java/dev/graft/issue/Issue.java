package dev.graft.issue;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One problem, as data. Text is made from it at the edge ({@link #render}).
 *
 * @param code stable and searchable: {@code E_NAME}, {@code W_NAME} or {@code N_NAME}
 * @param message what is wrong, naming the file, tensor, layer or spec element: what was asked or found and what exists
 * @param candidates the nearest names that do exist; may be empty
 * @param fix what to do next; may be empty
 * @param at the user's own line that asked for it, if there is one
 */
public record Issue(
        Severity severity, String code, String message, List<String> candidates, String fix, Optional<CallSite> at) {

    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}&&[^\n]]");

    public Issue {
        candidates = List.copyOf(candidates);
    }

    public static Issue error(String code, String message) {
        return new Issue(Severity.ERROR, code, message, List.of(), "", Optional.empty());
    }

    public static Issue warning(String code, String message) {
        return new Issue(Severity.WARNING, code, message, List.of(), "", Optional.empty());
    }

    public static Issue note(String code, String message) {
        return new Issue(Severity.NOTE, code, message, List.of(), "", Optional.empty());
    }

    public Issue withCandidates(List<String> nearest) {
        return new Issue(severity, code, message, nearest, fix, at);
    }

    public Issue withFix(String whatToDo) {
        return new Issue(severity, code, message, candidates, whatToDo, at);
    }

    public Issue at(CallSite callSite) {
        return new Issue(severity, code, message, candidates, fix, Optional.of(callSite));
    }

    /**
     * The issue as a person reads it: one line, and one more for each of place, candidates and fix. It may quote names out
     * of files that nobody vouches for, so control characters are spelt out: on a terminal they could hide the problem.
     */
    public String render() {
        StringBuilder text = new StringBuilder("[").append(code).append("] ").append(message);
        at.ifPresent(site -> text.append("\n  at ").append(site));
        if (!candidates.isEmpty()) {
            text.append("\n  nearest: ").append(String.join(", ", candidates));
        }
        if (!fix.isEmpty()) {
            text.append("\n  fix: ").append(fix);
        }
        return CONTROL.matcher(text)
                .replaceAll(
                        found -> String.format("\\\\u%04x", (int) found.group().charAt(0)));
    }

    @Override
    public String toString() {
        return render();
    }
}
