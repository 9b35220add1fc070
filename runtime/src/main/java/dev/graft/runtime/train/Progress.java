package dev.graft.runtime.train;

import dev.graft.runtime.train.Metrics.ValidationMetrics;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a run remembers of its steps.
 *
 * @param skipped steps that left the weights as they were
 * @param nonFinite those of the last ones, in a row, whose loss or gradient was not finite
 * @param validated the step after which validation was last measured; -1 if never
 * @param best the trained weights with the lowest validation loss; null before the first validation after a step
 * @param streaks of {@link CollapseWatch}
 */
record Progress(
        long skipped,
        int nonFinite,
        long validated,
        @Nullable Best best,
        Map<String, Integer> streaks) {
    static final Progress START = new Progress(0, 0, -1, null, Map.of());

    Progress {
        streaks = Map.copyOf(streaks);
    }

    /** The step whose weights gave the loss. */
    record Best(long step, double loss) {}

    Progress taken() {
        return new Progress(skipped, 0, validated, best, streaks);
    }

    /** A step without a supervised token. */
    Progress empty() {
        return new Progress(skipped + 1, nonFinite, validated, best, streaks);
    }

    Progress notFinite() {
        return new Progress(skipped + 1, nonFinite + 1, validated, best, streaks);
    }

    Progress streaks(Map<String, Integer> counted) {
        return new Progress(skipped, nonFinite, validated, best, counted);
    }

    Progress validated(ValidationMetrics measured) {
        Best known = best;
        boolean better = measured.step() > 0
                && Double.isFinite(measured.loss())
                && (known == null || measured.loss() < known.loss());
        return new Progress(
                skipped,
                nonFinite,
                measured.step(),
                better ? new Best(measured.step(), measured.loss()) : known,
                streaks);
    }

    /** Whether the weights after this step are the best so far. */
    boolean bestIs(long step) {
        Best known = best;
        return known != null && known.step() == step;
    }
}
