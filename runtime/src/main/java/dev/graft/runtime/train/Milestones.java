package dev.graft.runtime.train;

import dev.graft.dsl.Training;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import dev.graft.runtime.train.Metrics.Collapse;
import dev.graft.runtime.train.Metrics.StepMetrics;
import dev.graft.runtime.train.Metrics.ValidationMetrics;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happens between two steps: metrics, validation, saving, and the end of a run that gets nowhere. */
final class Milestones {
    private final Training training;
    private final Steps steps;
    private final Validation validation;
    private final Saver saver;
    private final Monitor monitor;
    private final CollapseWatch watch;
    private final Interruption interruption;
    private Progress progress;
    private @Nullable ValidationMetrics first;
    private @Nullable ValidationMetrics last;

    Milestones(
            Training training,
            Steps steps,
            Validation validation,
            Saver saver,
            Monitor monitor,
            CollapseWatch watch,
            Interruption interruption,
            Progress progress) {
        this.training = training;
        this.steps = steps;
        this.validation = validation;
        this.saver = saver;
        this.monitor = monitor;
        this.watch = watch;
        this.interruption = interruption;
        this.progress = progress;
    }

    Progress progress() {
        return progress;
    }

    /** The validation before the first step; null without one, or if this process didn't make it. */
    @Nullable
    ValidationMetrics first() {
        return first;
    }

    /** The last validation; null before the first. */
    @Nullable
    ValidationMetrics last() {
        return last;
    }

    /** Whether every step was made and measured. */
    boolean complete() {
        return !steps.hasNext() && !validationDue();
    }

    /** Before the first step, or the first one after a resumption. */
    void begin() {
        validate();
    }

    /**
     * After a step.
     *
     * @throws GraftException {@code E_NONFINITE} after the last of too many steps in a row without a finite gradient; the
     *     state before them is saved
     */
    void after(StepMetrics step, Outcome outcome) {
        progress = switch (outcome) {
            case TAKEN -> progress.taken();
            case EMPTY -> progress.empty();
            case NOT_FINITE -> progress.notFinite();
        };
        monitor.stepped(step);
        List<Collapse> collapsed = watch.after(step);
        if (!collapsed.isEmpty()) {
            monitor.collapsed(collapsed);
        }
        progress = progress.streaks(watch.streaks());
        boolean hopeless = training.skipLimit() > 0 && progress.nonFinite() >= training.skipLimit();
        if (!hopeless) {
            validate();
        }
        if (hopeless || saveDue()) {
            saver.state(progress);
            monitor.saved(steps.made());
        }
        if (hopeless) {
            throw new GraftException(Issue.error(
                            "E_NONFINITE",
                            "loss or gradient was not finite in " + progress.nonFinite()
                                    + " steps in a row, the last of them step " + steps.made()
                                    + "; the weights are those from before")
                    .withFix("lower the learning rate or the balance coefficient, or train in fp32"));
        }
    }

    private boolean saveDue() {
        return interruption.requested()
                || !steps.hasNext()
                || (training.saveEvery() > 0 && steps.made() % training.saveEvery() == 0);
    }

    private boolean validationDue() {
        long made = steps.made();
        boolean due = made == 0
                || !steps.hasNext()
                || (training.validateEvery() > 0 ? made % training.validateEvery() == 0 : steps.atEpochEnd());
        return due && validation.possible() && progress.validated() != made;
    }

    private void validate() {
        if (validationDue()) {
            validation.measure(steps.made()).ifPresent(measured -> {
                progress = progress.validated(measured);
                first = measured.step() == 0 ? measured : first;
                last = measured;
                monitor.validated(measured);
                if (progress.bestIs(measured.step())) {
                    saver.adapter(RunFolder.BEST);
                }
            });
        }
    }

    /** What became of a step. */
    enum Outcome {
        TAKEN,
        /** No token carried loss. */
        EMPTY,
        NOT_FINITE
    }
}
