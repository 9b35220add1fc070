package dev.graft.checkpoint.hub;

import dev.graft.checkpoint.FileProblem;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Supplier;

/** One download of a model at a time, among processes and threads; the next one waits. The lock goes with its process. */
final class ModelLock {
    private static final int LOOK_MILLIS = 100;

    private ModelLock() {}

    /**
     * Does the work while this file is locked.
     *
     * @param waiting is told once if there is a wait
     */
    static <T> T holding(Path file, Runnable waiting, Supplier<T> work) {
        try {
            Files.createDirectories(file.resolveSibling(""));
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                await(channel, waiting);
                return work.get();
            }
        } catch (IOException e) {
            throw FileProblem.of("lock", file, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GraftException(Issue.error("E_INTERRUPTED", file + ": interrupted while waiting for it"), e);
        }
    }

    private static void await(FileChannel channel, Runnable waiting) throws IOException, InterruptedException {
        for (boolean told = false; !locked(channel); told = true) {
            if (!told) {
                waiting.run();
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException anotherThread) {
            return false;
        }
    }
}
