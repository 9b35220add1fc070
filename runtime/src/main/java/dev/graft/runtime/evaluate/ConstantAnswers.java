package dev.graft.runtime.evaluate;

import dev.graft.runtime.data.Question;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * What answers are worth that no model had to read a question for.
 *
 * @param chance accuracy of guessing
 * @param majority accuracy of the one answer, by its place among the options, that is right most often in these questions
 * @param uniformLoss mean of ln(options), in nats: the loss of an answer's label when all are equally likely
 */
public record ConstantAnswers(double chance, double majority, double uniformLoss) {

    /** Of these questions, at least one. */
    public static ConstantAnswers of(List<Question> questions) {
        Collection<Long> byPlace = questions.stream()
                .map(Question::gold)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()))
                .values();
        long most = byPlace.stream().mapToLong(Long::longValue).max().orElseThrow();
        return new ConstantAnswers(
                mean(questions, options -> 1.0 / options),
                (double) most / questions.size(),
                mean(questions, Math::log));
    }

    private static double mean(List<Question> questions, ToDoubleFunction<Integer> of) {
        return questions.stream()
                .mapToDouble(question -> of.applyAsDouble(question.options().size()))
                .average()
                .orElse(Double.NaN);
    }
}
