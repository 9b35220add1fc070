package dev.graft.runtime.model;

import ai.djl.ndarray.NDArray;
import dev.graft.runtime.engine.Rotary;

/** A decoder-only model. */
public non-sealed interface CausalModel extends LanguageModel {

    @Override
    default int encoderLayers() {
        return 0;
    }

    @Override
    Rotary rotary();

    @Override
    default NDArray encoderNorm(Pass pass, NDArray hidden) {
        throw new IllegalStateException("a decoder-only model has no encoder");
    }
}
