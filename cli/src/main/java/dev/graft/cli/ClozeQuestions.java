package dev.graft.cli;

import dev.graft.checkpoint.Checkpoint;
import dev.graft.report.Score;
import dev.graft.runtime.data.Question;
import dev.graft.runtime.data.QuestionSpec;
import dev.graft.runtime.evaluate.AskingMonitor;
import dev.graft.runtime.evaluate.ConstantAnswers;
import dev.graft.runtime.evaluate.LoadedModel;
import dev.graft.runtime.evaluate.RankClassification;
import java.nio.file.Path;
import java.util.List;

/** Questions of a file of instructions with answer formats, asked as a cloze alone: for models that learnt them so. */
final class ClozeQuestions implements ComparedQuestions {
    private final Path file;
    private final QuestionSpec spec;
    private final List<Question> questions;

    /**
     * Reads the file, so that what is wrong with it is known before anything runs.
     *
     * @param questions of the file at most; 0 for all
     */
    ClozeQuestions(Checkpoint base, Path file, int questions) {
        this.file = file;
        this.spec = QuestionSpec.usual().first(questions).form(QuestionSpec.Form.CLOZE);
        this.questions = TestQuestions.reading(
                base, (reader, limits) -> reader.questions(spec, file, limits).questions());
    }

    @Override
    public void addTo(ContentHash hash) {
        hash.add("cloze: " + spec).add(file);
    }

    @Override
    public List<Score> ask(LoadedModel loaded, Path folder, AskingMonitor monitor) {
        RankClassification.Score score = new RankClassification(loaded, monitor).score(questions);
        return scores(score.accuracyPerCharacter(), -score.goldLogProbability());
    }

    @Override
    public List<Score> constant() {
        return scores(ConstantAnswers.of(questions).majority(), Double.NaN);
    }

    private static List<Score> scores(double cloze, double answer) {
        return List.of(Score.share("cloze", cloze), Score.nats("answer loss", answer));
    }
}
