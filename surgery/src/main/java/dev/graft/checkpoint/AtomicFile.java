package dev.graft.checkpoint;

import dev.graft.issue.GraftException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Writes a file so that it is absent or complete, whatever happens: into {@code .NAME.partial} beside it, forced to the
 * disk, then renamed. A reader of the old file, mapped or not, keeps reading the old bytes.
 */
public final class AtomicFile {
    private AtomicFile() {}

    /** Writes the whole content, front to back. */
    public interface Content {
        void writeTo(SeekableByteChannel channel) throws IOException;
    }

    /**
     * @throws GraftException {@code E_EXISTS}, {@code E_LOCKED}, {@code E_PERM}, {@code E_NOSPACE} or {@code E_IO};
     *     nothing is left behind
     */
    public static void write(Path target, IfExists ifExists, Content content) {
        write(target, ifExists, 0, content);
    }

    /** The same with UTF-8 text. */
    public static void write(Path target, IfExists ifExists, String text) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        write(target, ifExists, bytes.remaining(), channel -> writeFully(channel, bytes));
    }

    /**
     * The same where the size is known: {@code E_NOSPACE} comes before anything is written.
     *
     * @param size in bytes
     */
    public static void write(Path target, IfExists ifExists, long size, Content content) {
        Path file = target.toAbsolutePath();
        Path folder = file.resolveSibling("").normalize();
        Path partial = file.resolveSibling("." + file.getFileName() + ".partial");
        try {
            refuseExisting(file, ifExists);
            Files.createDirectories(folder);
            Disk.requireSpace(folder, size);
            try (FileChannel channel = ExclusiveFile.create(partial)) {
                publish(file, partial, channel, ifExists, content);
            }
            Disk.syncFolder(folder);
        } catch (IOException e) {
            throw FileProblem.of("write", target, e);
        }
    }

    private static void publish(Path file, Path partial, FileChannel channel, IfExists ifExists, Content content)
            throws IOException {
        boolean published = false;
        try {
            content.writeTo(channel);
            channel.force(true);
            refuseExisting(file, ifExists);
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
            published = true;
        } finally {
            if (!published) {
                Files.deleteIfExists(partial);
            }
        }
    }

    private static void refuseExisting(Path file, IfExists ifExists) throws IOException {
        if (ifExists == IfExists.REFUSE && Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
    }

    /** A channel may take fewer bytes than it is given. */
    public static void writeFully(SeekableByteChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
