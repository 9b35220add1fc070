package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;

/**
 * What cross-attention reads of an encoder's M tokens.
 *
 * @param keys [M, kvHeads·headDim]
 * @param values [M, kvHeads·headDim]
 * @param rows the sequences that the M tokens form
 */
public record KeysValues(NDArray keys, NDArray values, Rows rows) {}
