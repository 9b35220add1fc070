package dev.graft.surgery;

import dev.graft.catalog.LayerIndexes;
import dev.graft.dsl.LayerSelector;
import dev.graft.issue.CallSite;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.util.List;
import java.util.Optional;

/** Selectors against a stack of known depth: what they name must exist, all of it. */
final class LayerRanges {
    private final int depth;
    private final Issues issues;

    LayerRanges(int depth, Issues issues) {
        this.depth = depth;
        this.issues = issues;
    }

    /** The selected layers, ascending; none after an issue ({@code E_LAYER}). */
    List<Integer> select(LayerSelector selector, CallSite at) {
        Optional<String> missing = missing(selector);
        if (missing.isPresent()) {
            issues.add(refuse("'" + selector + "' names " + missing.get() + ", which the model does not have", at));
            return List.of();
        }
        List<Integer> named = selector.named(depth);
        if (named.isEmpty()) {
            issues.add(refuse("'" + selector + "' selects no layer", at));
        }
        return named;
    }

    private Issue refuse(String what, CallSite at) {
        return Issue.error("E_LAYER", what + ": it has " + depth + " layers, 0 to " + (depth - 1))
                .withFix("all(), first(n), last(n), every(n) and range(first, last) fit any depth up to theirs")
                .at(at);
    }

    /** What a selector names beyond the stack, in words. */
    private Optional<String> missing(LayerSelector selector) {
        if (selector instanceof LayerSelector.Range range) {
            return range.last() >= depth || range.first() < 0
                    ? Optional.of(range.last() >= depth ? "layer " + range.last() : "layer " + range.first())
                    : Optional.empty();
        }
        if (selector instanceof LayerSelector.First first) {
            return first.count() > depth ? Optional.of(first.count() + " layers") : Optional.empty();
        }
        if (selector instanceof LayerSelector.Last last) {
            return last.count() > depth ? Optional.of(last.count() + " layers") : Optional.empty();
        }
        if (selector instanceof LayerSelector.Exactly exactly) {
            List<Integer> outside = exactly.indexes().stream()
                    .filter(index -> index < 0 || index >= depth)
                    .toList();
            return outside.isEmpty() ? Optional.empty() : Optional.of("layer " + LayerIndexes.text(outside));
        }
        if (selector instanceof LayerSelector.Except except) {
            return missing(except.from()).or(() -> missing(except.without())).or(() -> nothingTaken(except));
        }
        return Optional.empty();
    }

    private Optional<String> nothingTaken(LayerSelector.Except except) {
        boolean takes =
                except.from().named(depth).stream().anyMatch(except.without().named(depth)::contains);
        return takes ? Optional.empty() : Optional.of("an exception that takes nothing away");
    }
}
