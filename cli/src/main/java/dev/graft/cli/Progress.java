package dev.graft.cli;

import dev.graft.runtime.train.Metrics.Collapse;
import dev.graft.runtime.train.Metrics.Flops;
import dev.graft.runtime.train.Metrics.StepMetrics;
import dev.graft.runtime.train.Metrics.ValidationMetrics;
import dev.graft.runtime.train.Monitor;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a run goes: a bar where a person watches, otherwise a line now and then. */
interface Progress extends Monitor, AutoCloseable {

    static Progress on(Terminal terminal) {
        return terminal.interactive() ? new ProgressBarMonitor(terminal.err()) : new ProgressLines(terminal.err());
    }

    /** Prints a line that stays. */
    void say(String line);

    @Override
    default void validated(ValidationMetrics validation) {
        say(words(validation));
    }

    @Override
    default void collapsed(List<Collapse> routers) {
        say(Collapse.words(routers));
    }

    @Override
    default void close() {}

    /** {@code loss 4.931, load 1.71, 14.8% of the FLOPs at full load saved, 4520 tokens/s}. */
    static String words(StepMetrics step) {
        return (step.skipped() ? "skipped, " : "")
                + words("loss %.3f, ", step.loss())
                + words("load %.2f, ", step.load())
                + saved("", step.flops(), ", ")
                + words("%.0f tokens/s", step.tokensPerSecond());
    }

    /** {@code validation after step 60: loss 4.812, perplexity 123.0, load 1.69, 14.8% of the FLOPs at full load saved}. */
    static String words(ValidationMetrics validation) {
        return "validation "
                + (validation.step() == 0 ? "before the first step" : "after step " + validation.step())
                + words(": loss %.3f", validation.loss())
                + words(", perplexity %.1f", validation.perplexity())
                + words(", load %.2f", validation.load())
                + saved(", ", validation.flops(), "");
    }

    private static String saved(String before, @Nullable Flops flops, String after) {
        return flops == null ? "" : before + EpochLoads.words(flops.saved()) + after;
    }

    private static String words(String format, @Nullable Double value) {
        return value == null ? "" : String.format(Locale.ROOT, format, value);
    }
}
