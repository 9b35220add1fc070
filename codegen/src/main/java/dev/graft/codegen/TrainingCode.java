package dev.graft.codegen;

import com.palantir.javapoet.CodeBlock;
import dev.graft.dsl.Optimizer;
import dev.graft.dsl.Training;

/** Training settings as the words of the language, leaving out what has its default. */
final class TrainingCode {
    private final CodeBlock.Builder words = CodeBlock.builder();

    private TrainingCode() {}

    static CodeBlock of(Training training) {
        TrainingCode code = new TrainingCode();
        code.add(training, Training.defaults());
        return CodeBlock.of("$T.training(t -> t$L)", Names.GRAFT, code.words.build());
    }

    private void add(Training training, Training plain) {
        words.add(optimizer(training.optimizer()));
        if (training.shape() != plain.shape() || training.warmupSteps() != plain.warmupSteps()) {
            String word = training.shape().name().toLowerCase(java.util.Locale.ROOT);
            words.add("\n$>$>.$L($L)$<$<", word, training.warmupSteps());
        }
        word("epochs", training.epochs(), plain.epochs());
        training.steps().ifPresent(steps -> words.add("\n$>$>.steps($L)$<$<", steps));
        word("batch", training.batch(), plain.batch());
        word("microBatch", training.microBatch(), Math.min(plain.microBatch(), training.batch()));
        if (training.target().isPresent()) {
            int target = training.target().getAsInt();
            words.add(
                    "\n$>$>.lengths($L, $L, $T.TooLong.$L)$<$<",
                    training.length() - target,
                    target,
                    Training.class,
                    training.tooLong());
        } else if (training.length() != plain.length() || training.tooLong() != plain.tooLong()) {
            words.add("\n$>$>.length($L, $T.TooLong.$L)$<$<", training.length(), Training.class, training.tooLong());
        }
        if (training.supervision() != plain.supervision()) {
            words.add("\n$>$>.supervise($T.Supervision.$L)$<$<", Training.class, training.supervision());
        }
        word("clip", training.clip(), plain.clip());
        if (training.seed() != plain.seed()) {
            words.add("\n$>$>.seed($LL)$<$<", training.seed());
        }
        if (!training.shuffle()) {
            words.add("\n$>$>.fileOrder()$<$<");
        }
        if (training.precision() != plain.precision()) {
            words.add("\n$>$>.precision($T.Precision.$L)$<$<", Training.class, training.precision());
        }
        if (!training.device().equals(plain.device())) {
            words.add("\n$>$>.device($S)$<$<", training.device());
        }
        word("threads", training.threads(), plain.threads());
        word("validateEvery", training.validateEvery(), plain.validateEvery());
        word("saveEvery", training.saveEvery(), plain.saveEvery());
        word("skipLimit", training.skipLimit(), plain.skipLimit());
        if (training.recompute()) {
            words.add("\n$>$>.recompute()$<$<");
        }
    }

    private <T> void word(String name, T value, T plain) {
        if (!value.equals(plain)) {
            words.add("\n$>$>.$L($L)$<$<", name, value);
        }
    }

    private static CodeBlock optimizer(Optimizer optimizer) {
        if (optimizer instanceof Optimizer.Adafactor a) {
            return CodeBlock.of(
                    "\n$>$>.optimizer(new $T($L, $L, $L, $L))$<$<",
                    Optimizer.Adafactor.class,
                    a.rate(),
                    a.decay(),
                    a.clipping(),
                    a.factoredFrom());
        }
        Optimizer.AdamW a = (Optimizer.AdamW) optimizer;
        if (a.equals(new Optimizer.AdamW(a.rate(), 0.9, 0.999, 1e-8, 0))) {
            return CodeBlock.of("\n$>$>.adamW($L)$<$<", a.rate());
        }
        return CodeBlock.of(
                "\n$>$>.optimizer(new $T($L, $L, $L, $L, $L))$<$<",
                Optimizer.AdamW.class,
                a.rate(),
                a.beta1(),
                a.beta2(),
                a.epsilon(),
                a.weightDecay());
    }
}
