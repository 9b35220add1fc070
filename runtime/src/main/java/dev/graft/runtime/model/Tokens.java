package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import dev.graft.runtime.engine.Angles;
import dev.graft.runtime.engine.Rows;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that go through one stack of layers.
 *
 * @param ids int64 [T]
 * @param rows the sequences that they form
 * @param angles of the rotary embedding, for all layers; null for a model without one
 */
public record Tokens(
        Side side, NDArray ids, Rows rows, @Nullable Angles angles) {}
