package dev.graft.runtime.chat;

/** Python's {@code None}; Java's null stands for what is undefined. */
enum None {
    NONE;

    @Override
    public String toString() {
        return "None";
    }
}
