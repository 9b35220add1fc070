package dev.graft.runtime.engine;

import java.util.Locale;

/** The non-linearity of a feed-forward block. */
public enum Activation {
    SILU,
    /** GELU in its tanh form (T5 v1.1). */
    GELU_TANH;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
