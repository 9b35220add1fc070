package dev.graft.checkpoint;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.util.List;
import java.util.Set;

/** Holds the counts that a configuration claims against what the tensors' names show, whatever the architecture. */
final class ConfigEvidence {
    private static final List<String> EXPERT_COUNTS = List.of("num_local_experts", "num_experts", "n_routed_experts");

    private static final int MAX_DIGITS = 6;

    private ConfigEvidence() {}

    static void check(ModelConfig config, Set<String> tensors, Issues issues) {
        try {
            for (String key : EXPERT_COUNTS) {
                config.optionalInteger(key).ifPresent(claimed -> checkExperts(config, key, claimed, tensors, issues));
            }
            config.optionalInteger("num_hidden_layers")
                    .ifPresent(claimed -> checkLayers(config, claimed, tensors, issues));
        } catch (GraftException e) {
            e.issues().forEach(issues::add);
        }
    }

    private static void checkExperts(ModelConfig config, String key, int claimed, Set<String> tensors, Issues issues) {
        Numbered experts = Numbered.first(tensors, ".experts.");
        if (experts.has(claimed - 1, tensors) && !experts.has(claimed, tensors)) {
            return;
        }
        int shown = count(tensors, ".experts.");
        if (shown > 0 && shown != claimed) {
            issues.add(Issue.error(
                    "E_CONFIG",
                    config.source() + ": '" + key + "' is " + claimed + ", the tensors show " + shown
                            + " experts (experts.0 to experts." + (shown - 1) + ")"));
        }
    }

    private static void checkLayers(ModelConfig config, int claimed, Set<String> tensors, Issues issues) {
        if (Numbered.first(tensors, ".layers.").has(claimed - 1, tensors)) {
            return;
        }
        int shown = count(tensors, ".layers.");
        if (shown > 0 && shown < claimed) {
            issues.add(Issue.error(
                    "E_CONFIG",
                    config.source() + ": 'num_hidden_layers' is " + claimed + ", the tensors show " + shown
                            + " layers"));
        }
    }

    /** A tensor's name around a number in it: one look-up in place of tens of thousands where all is well. */
    private record Numbered(String before, String after) {

        static Numbered first(Set<String> tensors, String step) {
            for (String name : tensors) {
                int at = name.indexOf(step);
                int dot = at < 0 ? -1 : name.indexOf('.', at + step.length());
                if (dot > 0) {
                    return new Numbered(name.substring(0, at + step.length()), name.substring(dot));
                }
            }
            return new Numbered("", "");
        }

        boolean has(int number, Set<String> tensors) {
            return tensors.contains(before + number + after);
        }
    }

    /** One more than the largest number that follows the step in a tensor's name; 0 if there is none. */
    private static int count(Set<String> tensors, String step) {
        int count = 0;
        for (String name : tensors) {
            int at = name.indexOf(step);
            if (at >= 0) {
                count = Math.max(count, indexAt(name, at + step.length()) + 1);
            }
        }
        return count;
    }

    private static int indexAt(String name, int from) {
        int index = -1;
        for (int i = from; i < name.length() && i < from + MAX_DIGITS; i++) {
            char character = name.charAt(i);
            if (character < '0' || character > '9') {
                return index;
            }
            index = Math.max(index, 0) * 10 + character - '0';
        }
        return index;
    }
}
