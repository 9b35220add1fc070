package dev.graft.dsl;

/** What the weights of the selected experts are divided by. */
public enum Normalisation {
    /** Nothing: the softmax probabilities as they are. */
    NONE,
    /** The sum over the selected experts, true and null. */
    SELECTED,
    /** What the model's pretrained router does: nothing, or the sum over the selected. */
    AS_PRETRAINED,
    /** The sum over the selected true experts (AdaMoE); no true expert selected gives 0. */
    SELECTED_TRUE
}
