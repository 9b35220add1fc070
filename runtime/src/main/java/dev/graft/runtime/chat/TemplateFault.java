package dev.graft.runtime.chat;

/** Something in a template that can't be done; the message is for the user. */
final class TemplateFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int line;

    TemplateFault(String message) {
        this(0, message);
    }

    /** @param line of the template, counted from 1; 0 where it isn't known */
    TemplateFault(int line, String message) {
        super(message);
        this.line = line;
    }

    int line() {
        return line;
    }
}
