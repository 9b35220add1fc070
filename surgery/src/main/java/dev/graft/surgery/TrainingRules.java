package dev.graft.surgery;

import dev.graft.dsl.Optimizer;
import dev.graft.dsl.Surgery;
import dev.graft.dsl.Training;
import dev.graft.issue.CallSite;
import dev.graft.issue.Issue;
import dev.graft.issue.Issues;
import java.util.Optional;
import java.util.regex.Pattern;

/** What training settings may be. */
final class TrainingRules {
    private static final Pattern DEVICE = Pattern.compile("cpu|cuda(:[0-9]{1,3})?");

    private final Optional<CallSite> at;
    private final Issues issues;

    private TrainingRules(Optional<CallSite> at, Issues issues) {
        this.at = at;
        this.issues = issues;
    }

    static void check(Surgery surgery, Issues issues) {
        Training training = surgery.training();
        TrainingRules rules = new TrainingRules(surgery.trainingAt(), issues);
        rules.optimizer(training.optimizer());
        rules.atLeast("epochs", training.epochs(), 1);
        training.steps().ifPresent(steps -> rules.atLeast("steps", steps, 1));
        rules.atLeast("warm-up steps", training.warmupSteps(), 0);
        rules.atLeast("batch", training.batch(), 1);
        if (training.batch() >= 1) {
            rules.atLeast("micro-batch", training.microBatch(), 1);
            rules.require(
                    training.microBatch() <= training.batch(),
                    "a micro-batch of " + training.microBatch() + " is larger than the batch of " + training.batch());
        }
        if (training.target().isPresent()) {
            rules.atLeast("target length", training.target().getAsInt(), 1);
            rules.atLeast("source length", training.length() - training.target().getAsInt(), 1);
        } else {
            rules.atLeast("length", training.length(), 2);
        }
        rules.require(
                training.clip() >= 0 && training.clip() < Double.POSITIVE_INFINITY,
                "clip " + training.clip() + " must be finite and not negative (0 clips nothing)");
        rules.require(
                DEVICE.matcher(training.device()).matches(),
                "device '" + training.device() + "' is none of cpu, cuda, cuda:N");
        rules.atLeast("threads", training.threads(), 0);
        rules.atLeast("validateEvery", training.validateEvery(), 0);
        rules.atLeast("saveEvery", training.saveEvery(), 1);
        rules.atLeast("skipLimit", training.skipLimit(), 1);
    }

    private void optimizer(Optimizer optimizer) {
        positive("learning rate", optimizer.rate());
        if (optimizer instanceof Optimizer.AdamW adam) {
            fraction("beta1", adam.beta1());
            fraction("beta2", adam.beta2());
            positive("epsilon", adam.epsilon());
            require(
                    adam.weightDecay() >= 0 && adam.weightDecay() < Double.POSITIVE_INFINITY,
                    "weight decay " + adam.weightDecay() + " must be finite and not negative");
        }
        if (optimizer instanceof Optimizer.Adafactor adafactor) {
            positive("decay", adafactor.decay());
            positive("update clipping", adafactor.clipping());
            atLeast("factoredFrom", adafactor.factoredFrom(), 1);
        }
    }

    private void positive(String what, double value) {
        require(value > 0 && value < Double.POSITIVE_INFINITY, what + " " + value + " must be finite and above 0");
    }

    private void fraction(String what, double value) {
        require(value >= 0 && value < 1, what + " " + value + " must be in [0, 1)");
    }

    private void atLeast(String what, int value, int least) {
        require(value >= least, what + " " + value + " must be at least " + least);
    }

    private void require(boolean holds, String message) {
        if (!holds) {
            issues.add(problem(message, at));
        }
    }

    /** A setting that cannot be, at the line of the spec that wrote the settings. */
    static Issue problem(String message, Optional<CallSite> at) {
        Issue issue = Issue.error("E_PARAM", "training: " + message);
        return at.map(issue::at).orElse(issue);
    }
}
