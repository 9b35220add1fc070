package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;

/**
 * LoRA of one projection role (gate, up or down) in all n experts of a block; expert e's rows are e·r to (e+1)·r of the
 * role's n·r.
 *
 * @param a first factors of S roles that share an input, stacked: [S·n·r, in]
 * @param site which of the S roles this is
 * @param b second factors: [n·r, out]
 * @param scale α/r
 * @param dropout of the role's input
 */
public record ExpertLora(NDArray a, int site, NDArray b, double scale, Dropout dropout) {}
