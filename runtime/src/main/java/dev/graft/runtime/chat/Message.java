package dev.graft.runtime.chat;

/**
 * One turn of a conversation.
 *
 * @param role who speaks, such as {@code system}, {@code user} or {@code assistant}
 * @param content what is said
 */
public record Message(String role, String content) {
    public static Message user(String content) {
        return new Message("user", content);
    }

    public static Message assistant(String content) {
        return new Message("assistant", content);
    }
}
