package dev.graft.dsl;

/** What a linear map does in its block; the catalog knows its name in each architecture. */
public enum Role {
    /** Query projection. */
    Q,
    /** Key projection. */
    K,
    /** Value projection. */
    V,
    /** Output projection of attention. */
    O,
    /** Gate projection of a gated FFN (T5: {@code wi_0}). */
    GATE,
    /** Up projection of a gated FFN (T5: {@code wi_1}). */
    UP,
    /** Down projection of an FFN (T5: {@code wo}). */
    DOWN,
    /** The activated hidden state of an FFN, before its down projection: an (IA)³ site. */
    HIDDEN,
    /** The pretrained router of a MoE block. */
    ROUTER,
    /** The router's rows of null experts: the {@code gate2} of a widened MoE block. */
    NULL_ROUTER,
    /** Beside a MoE block: same input as its experts, added to its output. */
    BESIDE
}
