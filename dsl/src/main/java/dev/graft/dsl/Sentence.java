package dev.graft.dsl;

/** A receiver that stands for one sentence of a spec until its block has ended. */
interface Sentence {
    /** @throws dev.graft.issue.GraftException {@code E_UNFINISHED} where it does not say what it must */
    Injection freeze();
}
