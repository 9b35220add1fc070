package dev.graft.runtime.data;

/**
 * A question that a model answers in its own words.
 *
 * @param line where it begins in its file
 * @param prompt its tokens
 * @param expected what the answer should hold
 */
@SuppressWarnings("ArrayRecordComponent") // read only
public record OpenQuestion(long line, int[] prompt, ExpectedAnswer expected) {}
