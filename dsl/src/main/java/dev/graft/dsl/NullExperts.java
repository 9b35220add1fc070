package dev.graft.dsl;

/**
 * Experts that cost no FLOPs (AdaMoE).
 *
 * @param count m; 0 for none
 * @param kind what a selected null expert contributes
 * @param share how much of x an identity null adds; without meaning for zero nulls
 */
public record NullExperts(int count, Kind kind, Share share) {

    /** No null experts. */
    public static final NullExperts NONE = new NullExperts(0, Kind.ZERO, Share.RAW);

    /** What a null expert maps x to. */
    public enum Kind {
        ZERO,
        IDENTITY
    }

    /** The weight of x where identity nulls are selected. */
    public enum Share {
        /** The sum of the selected nulls' own softmax probabilities. */
        RAW,
        /** That sum divided by the sum over all selected. */
        OF_SELECTED
    }
}
