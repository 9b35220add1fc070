package dev.graft.checkpoint;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/** What went wrong with a file, told from the exception that the file system gave. */
public final class FileProblem {
    private FileProblem() {}

    /**
     * @param doing what was tried, such as {@code "read"} or {@code "write"}
     * @return {@code E_NOT_FOUND}, {@code E_EXISTS}, {@code E_PERM}, {@code E_NOSPACE} or {@code E_IO}
     */
    public static GraftException of(String doing, Path file, IOException cause) {
        return new GraftException(issue(doing, file, cause), cause);
    }

    static Issue issue(String doing, Path file, IOException cause) {
        String what = "can't " + doing + " " + file + ": ";
        String reason = reason(cause);
        String lower = reason.toLowerCase(Locale.ROOT);
        if (cause instanceof NoSuchFileException) {
            return Issue.error("E_NOT_FOUND", what + "there is no such file");
        }
        if (cause instanceof FileAlreadyExistsException) {
            return Issue.error("E_EXISTS", what + "it exists already");
        }
        if (cause instanceof AccessDeniedException
                || lower.contains("read-only file system")
                || lower.contains("permission denied")
                || lower.contains("operation not permitted")) {
            return Issue.error("E_PERM", what + "permission denied (" + reason + ")")
                    .withFix("check the owner and the mode of the file and its folder");
        }
        if (lower.contains("not a directory")) {
            return Issue.error("E_NOT_FOUND", what + "a part of its path is a file")
                    .withFix("name a place below an existing folder");
        }
        if (lower.contains("no space left") || lower.contains("quota exceeded") || lower.contains("file too large")) {
            return Issue.error("E_NOSPACE", what + "the disk is full (" + reason + ")")
                    .withFix("free some space or choose another folder");
        }
        if (cause instanceof AtomicMoveNotSupportedException) {
            return Issue.error("E_IO", what + "the disk can't rename in one step (" + reason + ")")
                    .withFix("choose a folder on another disk, and copy it afterwards");
        }
        return Issue.error("E_IO", what + reason);
    }

    private static String reason(IOException cause) {
        String reason = cause instanceof FileSystemException failure ? failure.getReason() : cause.getMessage();
        return reason == null ? cause.getClass().getSimpleName() : reason;
    }
}
