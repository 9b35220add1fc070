package dev.graft.runtime.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * The hidden state of the LoRA experts of a group of S sites, gates and scale in it: what is left to do is each site's
 * second product ({@link Ops#adaptedLinear}).
 *
 * @param state of n experts of rank r: [T, S·n·r], in fp32 or in the type of what the experts read, a single token's always in
 *     fp32. In generation the router's columns may stand behind these
 * @param share the weight fp32 [T, S] with which identity nulls add their site's input; null without identity nulls
 */
public record LoraHidden(NDArray state, @Nullable NDArray share) {}
