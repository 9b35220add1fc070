package dev.graft.runtime.train;

import dev.graft.runtime.train.Metrics.ValidationMetrics;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a run ended.
 *
 * @param folder where its files are: complete, or {@code OUT.partial} if it was interrupted
 * @param interrupted whether it was asked to stop before its last step; its state is saved
 * @param step the last one made
 * @param skipped steps that left the weights as they were
 * @param before the validation before the first step; null without one, and for a run that was resumed
 * @param validation the one after the last step; null without one
 */
public record RunResult(
        Path folder,
        boolean interrupted,
        long step,
        long skipped,
        @Nullable ValidationMetrics before,
        @Nullable ValidationMetrics validation) {}
