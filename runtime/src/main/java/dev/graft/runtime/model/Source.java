package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * The encoder's side of a pass.
 *
 * @param tokens of the same sequences as the decoder's, in the same order
 * @param states the encoder's final states [M, d]; null until it has run
 */
public record Source(Tokens tokens, @Nullable NDArray states) {}
