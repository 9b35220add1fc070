package dev.graft.runtime.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.graft.runtime.data.Example;
import dev.graft.runtime.data.Question;
import dev.graft.runtime.engine.Ops;
import dev.graft.runtime.model.Forward;
import dev.graft.runtime.model.Pass;
import dev.graft.runtime.model.RoutingLoad;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Answers each question with its likeliest option: the sum of the log-probabilities of the option's tokens. */
public final class RankClassification {
    private static final int TOKENS = 1024;

    private final LoadedModel loaded;
    private final AskingMonitor monitor;

    public RankClassification(LoadedModel loaded, AskingMonitor monitor) {
        this.loaded = loaded;
        this.monitor = monitor;
    }

    /** Scores all questions. */
    public Score score(List<Question> questions) {
        return score(questions, new RoutingLoad());
    }

    /** The same, adding what the routers decide about questions and options to a load. */
    Score score(List<Question> questions, RoutingLoad load) {
        List<Answer> answers = new ArrayList<>();
        for (List<Question> pass : passes(questions)) {
            answers.addAll(answer(pass, load));
            monitor.answered(answers.size(), questions.size());
        }
        return new Score(
                answers.size(),
                share(answers, Option::sum),
                share(answers, option -> option.sum() / option.tokens()),
                share(answers, option -> option.sum() / option.characters()),
                gold(answers, Option::sum),
                gold(answers, Option::own));
    }

    private static double gold(List<Answer> answers, ToDoubleFunction<Option> measure) {
        return answers.stream()
                .mapToDouble(answer -> measure.applyAsDouble(answer.options().get(answer.gold())))
                .average()
                .orElse(Double.NaN);
    }

    /** Questions that are asked together: a pass over few tokens takes little less time than one over many. */
    private static List<List<Question>> passes(List<Question> questions) {
        List<List<Question>> passes = new ArrayList<>();
        int tokens = TOKENS; // the first question begins a pass
        for (Question question : questions) {
            int own = examples(question).mapToInt(Example::length).sum();
            if (tokens + own > TOKENS) {
                passes.add(new ArrayList<>());
                tokens = 0;
            }
            passes.get(passes.size() - 1).add(question);
            tokens += own;
        }
        return passes;
    }

    private static Stream<Example> examples(Question question) {
        return question.options().stream().map(Question.Option::example);
    }

    /** A question's options, all in one pass. */
    public Answer answer(Question question) {
        return answer(List.of(question), new RoutingLoad()).get(0);
    }

    private List<Answer> answer(List<Question> questions, RoutingLoad load) {
        try (NDManager scope = loaded.weights().engine().scope()) {
            Ops ops = loaded.weights().engine().ops(scope);
            OptionStates states = OptionStates.of(
                    questions.stream().flatMap(RankClassification::examples).toList());
            Pass pass = Pass.over(loaded.model(), ops, states.sequences());
            NDArray hidden = Forward.hidden(loaded.model(), pass); // [T, d]
            load.add(ops, List.of(pass.routing()));
            FloatBuffer each = FloatBuffer.wrap(ops.floats(ops.logProbs(
                    ops.rowsAt(hidden, ops.upload(states.states())),
                    loaded.model().head(),
                    ops.upload(states.labels()),
                    Forward.LOGIT_ROWS)));
            return questions.stream().map(question -> answer(question, each)).toList();
        }
    }

    /** @param each the log-probabilities of the options' tokens come next */
    private static Answer answer(Question question, FloatBuffer each) {
        int alike = alike(examples(question).toList());
        List<Option> options = new ArrayList<>();
        for (Question.Option option : question.options()) {
            float[] tokens = new float[option.example().supervised()];
            each.get(tokens);
            options.add(new Option(
                    option.text(),
                    sum(tokens, 0),
                    sum(tokens, alike),
                    tokens.length,
                    option.text().strip().length()));
        }
        return new Answer(options, question.gold());
    }

    /** How many tokens all options begin with. */
    private static int alike(List<Example> options) {
        Example first = options.get(0);
        return options.stream()
                .mapToInt(option -> Arrays.mismatch(
                        first.ids(),
                        first.firstLabel(),
                        first.ids().length,
                        option.ids(),
                        option.firstLabel(),
                        option.ids().length))
                .filter(differ -> differ >= 0)
                .min()
                .orElse(0);
    }

    private static double sum(float[] values, int from) {
        return IntStream.range(from, values.length).mapToDouble(i -> values[i]).sum();
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
     * @param own the same without the tokens that all options of the question begin with
     * @param characters without space around the text
     */
    public record Option(String text, double sum, double own, int tokens, int characters) {}

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
     * @param goldLabel the same without what all options of a question begin with: of labels in a phrase, the label alone
     */
    public record Score(
            int questions,
            double accuracy,
            double accuracyPerToken,
            double accuracyPerCharacter,
            double goldLogProbability,
            double goldLabel) {}
}
