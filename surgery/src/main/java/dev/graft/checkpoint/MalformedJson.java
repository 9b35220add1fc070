package dev.graft.checkpoint;

/** Bytes that are not the JSON that was expected; the message says what was, at which byte, and what is there. */
class MalformedJson extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedJson(String message) {
        super(message);
    }

    /** The bytes are not even Unicode text. */
    static final class NotText extends MalformedJson {
        private static final long serialVersionUID = 1L;

        NotText(String message) {
            super(message);
        }
    }
}
