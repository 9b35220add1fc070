package dev.graft.dsl;

import dev.graft.issue.CallSite;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Guards a receiver: it may be used while its own block runs and no block nested in it does. Java has no {@code
 * DslMarker}, so this is found at run time and reported with the user's line.
 */
final class Scope {
    private static final Set<String> OWN_PACKAGES = Set.of("dev.graft.dsl", "dev.graft.catalog");

    private final String name;
    private boolean open = true;
    private @Nullable Scope nested;

    private Scope(String name) {
        this.name = name;
    }

    static Scope root(String name) {
        return new Scope(name);
    }

    /** Runs {@code block} on a receiver made for the nested scope and closes that scope after it. */
    <S> void nest(String blockName, java.util.function.Function<Scope, S> receiver, Block<? super S> block) {
        Scope inner = new Scope(blockName);
        nested = inner;
        try {
            block.accept(receiver.apply(inner));
        } finally {
            inner.open = false;
            nested = null;
        }
    }

    void close() {
        open = false;
    }

    /** The user's line that is calling, after checking that it may. */
    CallSite enter(String word) {
        CallSite at = callSite();
        if (!open) {
            throw new GraftException(Issue.error(
                            "E_SCOPE",
                            "'" + word + "' was called on the receiver of '" + name + "' after its block ended")
                    .withFix("use the receiver inside its own block only")
                    .at(at));
        }
        Scope inner = nested;
        if (inner != null) {
            throw new GraftException(Issue.error(
                            "E_SCOPE",
                            "'" + word + "' was called on the receiver of '" + name + "' inside its nested block '"
                                    + inner.name + "'")
                    .withFix("use the parameter of the '" + inner.name + "' block, or end that block first")
                    .at(at));
        }
        return at;
    }

    private static CallSite callSite() {
        return StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
                .walk(frames -> frames.filter(frame ->
                                !OWN_PACKAGES.contains(frame.getDeclaringClass().getPackageName()))
                        .findFirst()
                        .map(frame -> new CallSite(
                                frame.getFileName() == null ? "unknown" : frame.getFileName(), frame.getLineNumber()))
                        .orElse(new CallSite("unknown", 0)));
    }
}
