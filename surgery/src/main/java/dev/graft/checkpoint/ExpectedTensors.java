package dev.graft.checkpoint;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import dev.graft.issue.NearestNames;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The tensors that an adapter file must have, all of them F32, and no other.
 *
 * @param shapes by name
 */
public record ExpectedTensors(Map<String, List<Long>> shapes) {

    /** @throws GraftException {@code E_ADAPTER} naming every tensor that is missing, unknown or of another shape */
    public void requireIn(SafetensorsFile file) {
        Issues issues = new Issues();
        shapes.forEach((name, shape) -> {
            TensorInfo found = file.tensors().get(name);
            if (found == null) {
                issues.add(Issue.error("E_ADAPTER", file.path() + ": tensor '" + name + "' is missing")
                        .withCandidates(NearestNames.of(name, file.tensors().keySet())));
            } else if (!found.shape().equals(shape) || found.dtype() != DType.F32) {
                issues.add(Issue.error(
                        "E_ADAPTER",
                        file.path() + ": tensor '" + name + "' is " + found.dtype() + " " + found.shape()
                                + ", the model has F32 " + shape));
            }
        });
        for (String name : file.tensors().keySet()) {
            if (!shapes.containsKey(name)) {
                issues.add(Issue.error("E_ADAPTER", file.path() + ": the model has no tensor '" + name + "'")
                        .withCandidates(NearestNames.of(name, shapes.keySet())));
            }
        }
        issues.throwIfErrors();
    }

    /** @throws GraftException {@code E_NONFINITE} naming every tensor with an infinity or NaN */
    public void requireFinite(SafetensorsFile file) {
        Issues issues = new Issues();
        for (String name : file.tensors().keySet()) {
            OptionalLong index = file.firstNonFinite(name);
            if (index.isPresent()) {
                issues.add(Issue.error(
                                "E_NONFINITE",
                                file.path() + ": tensor '" + name + "' has an infinity or NaN at element "
                                        + index.getAsLong())
                        .withFix("use another adapter, or allow non-finite values to look at this one"));
            }
        }
        issues.throwIfErrors();
    }
}
