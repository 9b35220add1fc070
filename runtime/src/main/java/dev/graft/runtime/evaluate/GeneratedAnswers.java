package dev.graft.runtime.evaluate;

import dev.graft.runtime.data.ExpectedAnswer;
import dev.graft.runtime.data.OpenQuestion;
import dev.graft.runtime.data.TokenStream;
import dev.graft.runtime.data.Tokenizer;
import dev.graft.runtime.generate.Generator;
import dev.graft.runtime.generate.TokenChoice;
import java.util.List;
import java.util.Optional;

/** Answers questions by greedy generation; the answer is what the text says first (or, of numbers, last). */
public final class GeneratedAnswers {
    private static final int SIDE_BY_SIDE = 16;

    private final Generator generator;
    private final Tokenizer tokenizer;
    private final AskingMonitor monitor;

    public GeneratedAnswers(LoadedModel loaded, Tokenizer tokenizer, AskingMonitor monitor) {
        this.generator = new Generator(loaded.model(), loaded.weights());
        this.tokenizer = tokenizer;
        this.monitor = monitor;
    }

    /** Generates for all questions, some of them side by side. */
    public Score score(List<OpenQuestion> questions) {
        int right = 0;
        int unanswered = 0;
        for (int start = 0; start < questions.size(); start += SIDE_BY_SIDE) {
            List<OpenQuestion> some = questions.subList(start, Math.min(start + SIDE_BY_SIDE, questions.size()));
            for (Text text : generate(some)) {
                Optional<String> answer = text.answer();
                right += answer.isPresent() && text.expected.isRight(answer.get()) ? 1 : 0;
                unanswered += answer.isPresent() ? 0 : 1;
            }
            monitor.answered(start + some.size(), questions.size());
        }
        return new Score(questions.size(), (double) right / questions.size(), (double) unanswered / questions.size());
    }

    private List<Text> generate(List<OpenQuestion> questions) {
        List<Text> texts = questions.stream()
                .map(question -> new Text(question.expected(), tokenizer.stream(true)))
                .toList();
        generator.generate(
                questions.stream().map(OpenQuestion::prompt).toList(),
                texts.stream().mapToInt(text -> text.expected.tokens()).max().orElse(0),
                TokenChoice.greedy(),
                token -> tokenizer.special().stops().contains(token),
                (text, token) -> texts.get(text).accept(token));
        return texts;
    }

    /** What a model says to one question. */
    private static final class Text {
        private final ExpectedAnswer expected;
        private final TokenStream stream;
        private final StringBuilder said = new StringBuilder();
        private int tokens;

        Text(ExpectedAnswer expected, TokenStream stream) {
            this.expected = expected;
            this.stream = stream;
        }

        /** Takes the next token. @return whether more could change the answer */
        boolean accept(int token) {
            said.append(stream.accept(token));
            return ++tokens < expected.tokens() && !expected.isSettled(said.toString());
        }

        Optional<String> answer() {
            return expected.in(said + stream.finish());
        }
    }

    /**
     * Of a set of questions.
     *
     * @param accuracy share of questions that are answered rightly
     * @param unanswered share of questions whose text holds no answer
     */
    public record Score(int questions, double accuracy, double unanswered) {}
}
