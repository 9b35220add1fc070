package dev.graft.dsl;

/** What a router reads. */
public enum RouterInput {
    /** The adapted module's own input. */
    MODULE_INPUT,
    /** The projected key (value) of each head; one kernel for all heads (MoV's published code). */
    PROJECTED_PER_HEAD,
    /** The activated hidden state of the FFN (MoV on the FFN). */
    ACTIVATED_HIDDEN,
    /** The mean of the module's input over a sequence's prompt: one mixture per sequence. */
    SENTENCE
}
