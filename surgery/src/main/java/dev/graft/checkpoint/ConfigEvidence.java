package dev.graft.checkpoint;

import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.util.List;
import java.util.OptionalInt;

/** Holds the counts that a configuration claims against what the tensors' names show, whatever the architecture. */
final class ConfigEvidence {
    private static final List<String> EXPERT_COUNTS = List.of("num_local_experts", "num_experts", "n_routed_experts");

    private ConfigEvidence() {}

    static void check(Checkpoint checkpoint) {
        Issues issues = new Issues();
        for (String key : EXPERT_COUNTS) {
            checkpoint.config().optionalInteger(key).ifPresent(claimed -> {
                OptionalInt highest = highestIndex(checkpoint, "experts");
                if (highest.isPresent() && highest.getAsInt() + 1 != claimed) {
                    issues.add(Issue.error(
                            "E_CONFIG",
                            checkpoint.config().source() + ": '" + key + "' is " + claimed + ", the tensors show "
                                    + (highest.getAsInt() + 1) + " experts (experts.0 to experts."
                                    + highest.getAsInt() + ")"));
                }
            });
        }
        checkpoint.config().optionalInteger("num_hidden_layers").ifPresent(claimed -> {
            OptionalInt highest = highestIndex(checkpoint, "layers");
            if (highest.isPresent() && highest.getAsInt() + 1 < claimed) {
                issues.add(Issue.error(
                        "E_CONFIG",
                        checkpoint.config().source() + ": 'num_hidden_layers' is " + claimed + ", the tensors show "
                                + (highest.getAsInt() + 1) + " layers"));
            }
        });
        issues.throwIfErrors();
    }

    /** The largest number that follows the step {@code "experts"} or {@code "layers"} in a tensor's name. */
    private static OptionalInt highestIndex(Checkpoint checkpoint, String step) {
        String marker = step + ".";
        return checkpoint.tensors().keySet().stream()
                .mapToInt(name -> indexAfter(name, marker))
                .filter(index -> index >= 0)
                .max();
    }

    private static int indexAfter(String name, String marker) {
        int at = name.indexOf(marker);
        if (at < 0 || (at > 0 && name.charAt(at - 1) != '.')) {
            return -1;
        }
        int index = -1;
        for (int i = at + marker.length(); i < name.length() && i < at + marker.length() + 6; i++) {
            int digit = Character.digit(name.charAt(i), 10);
            if (digit < 0) {
                return index;
            }
            index = Math.max(index, 0) * 10 + digit;
        }
        return index;
    }
}
