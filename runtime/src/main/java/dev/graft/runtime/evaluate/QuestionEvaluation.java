package dev.graft.runtime.evaluate;

import dev.graft.runtime.data.DataReader;
import dev.graft.runtime.data.Limits;
import dev.graft.runtime.data.OpenQuestion;
import dev.graft.runtime.data.Question;
import dev.graft.runtime.data.QuestionSpec;
import dev.graft.runtime.data.Tokenizer;
import java.nio.file.Path;
import java.util.List;

/** The questions of a file of instructions with answer formats, to be asked in three forms. */
public final class QuestionEvaluation {
    private final List<OpenQuestion> open;
    private final List<Question> labels;
    private final List<Question> cloze;

    /**
     * Reads the questions.
     *
     * @throws dev.graft.issue.GraftException {@code E_DATA} with all problems of the file, each with its line
     */
    public QuestionEvaluation(Path file, QuestionSpec spec, DataReader reader, Limits limits) {
        this.open = reader.openQuestions(spec, file, limits.length());
        this.labels = reader.questions(spec.form(QuestionSpec.Form.LABELS), file, limits)
                .questions();
        this.cloze = reader.questions(spec.form(QuestionSpec.Form.CLOZE), file, limits)
                .questions();
    }

    /**
     * Asks a model all of them, in each form.
     *
     * @param tokenizer of its base, which makes text of what it generates
     */
    public QuestionScores score(LoadedModel loaded, Tokenizer tokenizer, AskingMonitor monitor) {
        int ranked = open.size() + labels.size();
        int all = ranked + cloze.size();
        return new QuestionScores(
                new GeneratedAnswers(loaded, tokenizer, monitor.behind(0, all)).score(open),
                new RankClassification(loaded, monitor.behind(open.size(), all)).score(labels),
                new RankClassification(loaded, monitor.behind(ranked, all)).score(cloze));
    }

    /** What can be had without a model. */
    public ConstantAnswers constant() {
        return ConstantAnswers.of(labels);
    }
}
