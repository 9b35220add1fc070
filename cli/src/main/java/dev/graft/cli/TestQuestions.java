package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.dsl.Training;
import dev.graft.report.Score;
import dev.graft.runtime.data.DataReader;
import dev.graft.runtime.data.Limits;
import dev.graft.runtime.data.QuestionSpec;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.evaluate.AskingMonitor;
import dev.graft.runtime.evaluate.ConstantAnswers;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.evaluate.QuestionEvaluation;
import dev.graft.runtime.evaluate.QuestionScores;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;

/** Questions of a file of instructions with answer formats, asked in three forms. */
final class TestQuestions implements ComparedQuestions {
    private static final int TOKENS = 512;

    private final Checkpoint base;
    private final Path file;
    private final QuestionSpec spec;
    private final QuestionEvaluation evaluation;

    /**
     * Reads the file, so that what is wrong with it is known before anything runs.
     *
     * @param questions of the file at most; 0 for all
     */
    TestQuestions(Checkpoint base, Path file, int questions) {
        this.base = base;
        this.file = file;
        this.spec = QuestionSpec.usual().first(questions);
        this.evaluation = reading(base, (reader, limits) -> new QuestionEvaluation(file, spec, reader, limits));
    }

    /** Reads questions of at most {@link #TOKENS} tokens in a base's own. */
    static <T> T reading(Checkpoint base, BiFunction<DataReader, Limits, T> questions) {
        try (Tokenizer tokenizer = Tokenizer.open(base.folder())) {
            return questions.apply(
                    new DataReader(tokenizer, base.config().positive("vocab_size")),
                    new Limits(TOKENS, Training.TooLong.TRUNCATE, Training.Supervision.ANSWERS));
        }
    }

    @Override
    public void addTo(ContentHash hash) {
        hash.add("generated, by label and cloze: " + spec).add(file);
    }

    @Override
    public List<Score> ask(LoadedModel loaded, Path folder, AskingMonitor monitor) {
        try (Tokenizer tokenizer = Tokenizer.open(base.folder())) {
            QuestionScores scores = evaluation.score(loaded, tokenizer, monitor);
            return scores(
                    scores.generated().accuracy(),
                    scores.labels().accuracy(),
                    scores.cloze().accuracyPerCharacter(),
                    -scores.labels().goldLabel(),
                    -scores.labels().goldLogProbability());
        }
    }

    @Override
    public List<Score> constant() {
        ConstantAnswers constant = evaluation.constant();
        double majority = constant.majority();
        return scores(majority, majority, majority, constant.uniformLoss(), Double.NaN);
    }

    private static List<Score> scores(double generated, double labels, double cloze, double label, double answer) {
        return List.of(
                Score.share("generated", generated),
                Score.share("by label", labels),
                Score.share("cloze", cloze),
                Score.nats("label loss", label),
                Score.nats("answer loss", answer));
    }
}
