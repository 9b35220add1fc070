package dev.graft.runtime.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.data.Question;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.RoutingLoad;
import dev.graft.runtime.model.Supervised;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** Answers each question with its likeliest option: the sum of the log-probabilities of the option's tokens. */
public final class RankClassification {
    private final LoadedModel loaded;

    public RankClassification(LoadedModel loaded) {
        this.loaded = loaded;
    }

    /** Scores all questions. */
    public Score score(List<Question> questions) {
        return score(questions, new RoutingLoad());
    }

    /** The same, adding what the routers decide about questions and options to a load. */
    Score score(List<Question> questions, RoutingLoad load) {
        List<Answer> answers =
                questions.stream().map(question -> answer(question, load)).toList();
        return new Score(
                answers.size(),
                share(answers, Option::sum),
                share(answers, option -> option.sum() / option.tokens()),
                share(answers, option -> option.sum() / option.characters()),
                answers.stream()
                        .mapToDouble(
                                answer -> answer.options().get(answer.gold()).sum())
                        .average()
                        .orElse(Double.NaN));
    }

    /** A question's options, all in one pass. */
    public Answer answer(Question question) {
        return answer(question, new RoutingLoad());
    }

    private Answer answer(Question question, RoutingLoad load) {
        try (NDManager scope = loaded.weights().engine().scope()) {
            Ops ops = loaded.weights().engine().ops(scope);
            List<Example> examples =
                    question.options().stream().map(Question.Option::example).toList();
            Pass pass = Pass.over(loaded.model(), ops, examples, 0);
            NDArray hidden = Forward.hidden(loaded.model(), pass); // [T, d]
            load.add(ops, List.of(pass.routing()));
            Supervised supervised = pass.supervised();
            if (supervised == null) {
                throw new IllegalStateException("a pass over examples knows its supervised tokens");
            }
            float[] each = ops.floats(ops.logProbs(
                    ops.rowsAt(hidden, supervised.states()),
                    loaded.model().head(),
                    supervised.labels(),
                    Forward.LOGIT_ROWS));
            List<Option> options = new ArrayList<>();
            int start = 0;
            for (Question.Option option : question.options()) {
                int tokens = option.example().supervised();
                double sum = IntStream.range(start, start + tokens)
                        .mapToDouble(i -> each[i])
                        .sum();
                options.add(new Option(option.text(), sum, tokens, option.text().length()));
                start += tokens;
            }
            return new Answer(options, question.gold());
        }
    }

    private static double share(List<Answer> answers, ToDoubleFunction<Option> measure) {
        return answers.stream()
                .mapToInt(answer -> answer.best(measure) == answer.gold() ? 1 : 0)
                .average()
                .orElse(Double.NaN);
    }

    /**
     * How likely an option is.
     *
     * @param sum of its tokens' log-probabilities, in nats
     */
    public record Option(String text, double sum, int tokens, int characters) {}

    /**
     * A question's options, scored.
     *
     * @param gold index of the right one
     */
    public record Answer(List<Option> options, int gold) {
        public Answer {
            options = List.copyOf(options);
        }

        /** Index of the option that the measure likes best; the first of equals. */
        int best(ToDoubleFunction<Option> measure) {
            int best = 0;
            for (int i = 1; i < options.size(); i++) {
                if (measure.applyAsDouble(options.get(i)) > measure.applyAsDouble(options.get(best))) {
                    best = i;
                }
            }
            return best;
        }
    }

    /**
     * Of a set of questions.
     *
     * @param accuracy share of questions whose likeliest option is the right one
     * @param accuracyPerToken the same by log-probability per token
     * @param accuracyPerCharacter the same by log-probability per character
     * @param goldLogProbability mean log-probability of the right options, in nats
     */
    public record Score(
            int questions,
            double accuracy,
            double accuracyPerToken,
            double accuracyPerCharacter,
            double goldLogProbability) {}
}
