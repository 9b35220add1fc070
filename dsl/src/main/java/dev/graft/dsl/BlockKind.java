package dev.graft.dsl;

/** The blocks of a transformer layer in which sites are named. */
public enum BlockKind {
    ATTENTION("attention"),
    CROSS_ATTENTION("crossAttention"),
    FFN("ffn"),
    MOE("moe");

    private final String word;

    BlockKind(String word) {
        this.word = word;
    }

    /** The word of the language for it. */
    public String word() {
        return word;
    }
}
