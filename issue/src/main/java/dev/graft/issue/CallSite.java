package dev.graft.issue;

/**
 * A line of the user's own source.
 *
 * @param file the file's simple name, such as {@code MySpec.java}
 * @param line the line, counted from 1
 */
public record CallSite(String file, int line) {
    @Override
    public String toString() {
        return file + ":" + line;
    }
}
