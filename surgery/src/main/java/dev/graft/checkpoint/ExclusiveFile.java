package dev.graft.checkpoint;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A new file that one writer holds. The lock goes with the process and the name is always the same, so what a killed
 * process left behind is taken away by the next writer. What exists is never written to: it may have been published
 * between our open and our lock.
 */
final class ExclusiveFile {
    private static final int ATTEMPTS = 100;

    private ExclusiveFile() {}

    /**
     * Creates the file and locks it until the channel is closed.
     *
     * @throws GraftException {@code E_LOCKED} while another writer holds it
     */
    static FileChannel create(Path file) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                if (lock(channel)) {
                    return channel;
                }
                channel.close();
                throw locked(file);
            } catch (FileAlreadyExistsException e) {
                removeLeftover(file);
            }
        }
        throw locked(file);
    }

    private static void removeLeftover(Path file) throws IOException {
        try (FileChannel leftover = FileChannel.open(file, StandardOpenOption.WRITE)) {
            if (!lock(leftover)) {
                throw locked(file);
            }
            Files.deleteIfExists(file);
        } catch (NoSuchFileException e) {
            // Its owner has just finished: nothing to take away.
        }
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static GraftException locked(Path file) {
        return new GraftException(Issue.error("E_LOCKED", file + ": another process is writing here")
                .withFix("wait until it has ended, or choose another output"));
    }
}
