package dev.graft.runtime.train;

import dev.graft.runtime.train.Metrics.Collapse;
import dev.graft.runtime.train.Metrics.RunStart;
import dev.graft.runtime.train.Metrics.StepMetrics;
import dev.graft.runtime.train.Metrics.ValidationMetrics;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Progress as plain lines, for terminals and log files alike. */
public final class LogLines implements Monitor {
    private final PrintStream out;
    private long steps;

    public LogLines(PrintStream out) {
        this.out = out;
    }

    @Override
    public void started(RunStart start) {
        steps = start.steps();
        out.println((start.step() > 0 ? "resuming after step " + start.step() + " of " : "training ") + start.steps()
                + " steps, " + start.parameters() + " trainable parameters; "
                + start.data().get("training"));
    }

    @Override
    public void stepped(StepMetrics step) {
        out.println("step " + step.step() + "/" + steps
                + (step.skipped() ? " skipped" : "")
                + number(" loss ", "%.4f", step.loss())
                + number(" balance ", "%.4f", step.balance())
                + number(" load ", "%.2f", step.load())
                + number(" rate ", "%.2e", step.rate())
                + number(" tokens/s ", "%.0f", step.tokensPerSecond()));
    }

    @Override
    public void validated(ValidationMetrics validation) {
        out.println("validation after step " + validation.step()
                + number(": loss ", "%.4f", validation.loss())
                + number(" perplexity ", "%.2f", validation.perplexity())
                + number(" load ", "%.2f", validation.load()));
    }

    @Override
    public void collapsed(List<Collapse> routers) {
        out.println(Collapse.words(routers));
    }

    @Override
    public void saved(long step) {
        out.println("saved the state after step " + step);
    }

    private static String number(String name, String format, @Nullable Double value) {
        return value == null ? "" : name + String.format(Locale.ROOT, format, value);
    }
}
