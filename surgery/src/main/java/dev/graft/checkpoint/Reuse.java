package dev.graft.checkpoint;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** How a file that stays as it is gets into another folder. */
public enum Reuse {
    /** A second name for the same bytes: a hard link, or a symbolic one on another disk. Takes no room. */
    LINK {
        @Override
        void put(Path source, Path target) throws IOException {
            Files.createDirectories(target.resolveSibling(""));
            try {
                Files.createLink(target, source);
            } catch (IOException | UnsupportedOperationException noHardLink) {
                linkSymbolically(source, target);
            }
        }
    },
    /** Bytes of its own. */
    COPY {
        @Override
        void put(Path source, Path target) throws IOException {
            Files.createDirectories(target.resolveSibling(""));
            try (InputStream bytes = Files.newInputStream(source)) {
                Files.copy(bytes, target);
            }
        }
    };

    /** @param source a real path: a hard link to a symbolic one would be another symbolic one */
    abstract void put(Path source, Path target) throws IOException;

    private static void linkSymbolically(Path source, Path target) {
        try {
            Files.createSymbolicLink(target, source);
        } catch (IOException | UnsupportedOperationException e) {
            throw new GraftException(
                    Issue.error("E_LINK", target + ": the disk takes neither a hard nor a symbolic link to " + source)
                            .withFix("let the files be copied (--copy)"),
                    e);
        }
    }
}
