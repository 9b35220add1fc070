package dev.graft.runtime.evaluate;

import dev.graft.runtime.data.OpenQuestion;
import dev.graft.runtime.data.TokenStream;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.generate.Generator;
import dev.graft.runtime.generate.TokenChoice;
import java.util.List;
import java.util.Optional;

/** Answers questions by greedy generation; the answer is what the text says first (or, of numbers, last). */
public final class GeneratedAnswers {
    private final Generator generator;
    private final Tokenizer tokenizer;

    public GeneratedAnswers(LoadedModel loaded, Tokenizer tokenizer) {
        this.generator = new Generator(loaded.model(), loaded.weights());
        this.tokenizer = tokenizer;
    }

    /** Generates for all questions, one after the other. */
    public Score score(List<OpenQuestion> questions) {
        int right = 0;
        int unanswered = 0;
        for (OpenQuestion question : questions) {
            Optional<String> answer = question.expected().in(generate(question));
            right += answer.isPresent() && question.expected().isRight(answer.get()) ? 1 : 0;
            unanswered += answer.isPresent() ? 0 : 1;
        }
        return new Score(questions.size(), (double) right / questions.size(), (double) unanswered / questions.size());
    }

    private String generate(OpenQuestion question) {
        TokenStream stream = tokenizer.stream(true);
        StringBuilder text = new StringBuilder();
        generator.generate(
                question.prompt(),
                question.expected().tokens(),
                TokenChoice.greedy(),
                token -> tokenizer.special().stops().contains(token),
                token -> {
                    text.append(stream.accept(token));
                    return !question.expected().isSettled(text.toString());
                });
        return text.append(stream.finish()).toString();
    }

    /**
     * Of a set of questions.
     *
     * @param accuracy share of questions that are answered rightly
     * @param unanswered share of questions whose text holds no answer
     */
    public record Score(int questions, double accuracy, double unanswered) {}
}
