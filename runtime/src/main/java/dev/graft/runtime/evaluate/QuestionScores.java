package dev.graft.runtime.evaluate;

/**
 * How a model answers the same questions in three forms.
 *
 * @param generated in its own words
 * @param labels by the likeliest of the answers' labels
 * @param cloze by the likeliest of the answers' texts behind the question alone
 */
public record QuestionScores(
        GeneratedAnswers.Score generated, RankClassification.Score labels, RankClassification.Score cloze) {}
