package dev.graft.checkpoint.hub;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.Disk;
import dev.graft.checkpoint.FileProblem;
import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/** The beginning of a blob, on disk under a name of its own until it is whole and its hash is right. */
final class PartialBlob implements AutoCloseable {
    private static final int PIECE = 1 << 20;

    private final RemoteFile file;
    private final Path path;
    private final FileChannel channel;
    private MessageDigest digest;
    private long length;

    private PartialBlob(RemoteFile file, Path path, FileChannel channel) {
        this.file = file;
        this.path = path;
        this.channel = channel;
        this.digest = file.hash().digest(file.size());
    }

    /** Goes on with what an earlier download left there, or begins. */
    static PartialBlob open(RemoteFile file, Path path) {
        try {
            FileChannel channel = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            PartialBlob blob = new PartialBlob(file, path, channel);
            blob.readAgain();
            return blob;
        } catch (IOException e) {
            throw FileProblem.of("write", path, e);
        }
    }

    private void readAgain() throws IOException {
        if (channel.size() > file.size()) {
            channel.truncate(0);
        }
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        while (channel.read(piece.clear()) > 0) {
            length += piece.flip().remaining();
            digest.update(piece);
        }
    }

    /** In bytes. */
    long length() {
        return length;
    }

    /** @throws GraftException {@code E_CHECKSUM} if there is more than the hub said; {@code E_NOSPACE}, {@code E_IO} */
    void append(ByteBuffer bytes) {
        if (bytes.remaining() > file.size() - length) {
            throw discard("it has more than the " + file.size() + " bytes that the hub says");
        }
        try {
            int added = bytes.remaining();
            digest.update(bytes.duplicate());
            AtomicFile.writeFully(channel, bytes);
            length += added;
        } catch (IOException e) {
            throw FileProblem.of("write", path, e);
        }
    }

    /** Forgets what is there. */
    void restart() {
        try {
            channel.truncate(0);
            digest = file.hash().digest(file.size());
            length = 0;
        } catch (IOException e) {
            throw FileProblem.of("write", path, e);
        }
    }

    /**
     * Makes the blob durable under its own name.
     *
     * @throws GraftException {@code E_CHECKSUM} if its content is not what its name says; nothing of it is left then
     */
    void publish(Path blob) {
        if (!file.hash().isOf(digest)) {
            throw discard("its content is not that of " + file.hash().hex());
        }
        try {
            channel.force(true);
            Files.move(path, blob, StandardCopyOption.ATOMIC_MOVE);
            Disk.syncFolder(blob.resolveSibling(""));
        } catch (IOException e) {
            throw FileProblem.of("write", blob, e);
        }
    }

    /** What came is not the file: it is removed. */
    GraftException discard(String why) {
        GraftException refusal =
                new GraftException(Issue.error("E_CHECKSUM", file.address() + ": " + why + "; what arrived was removed")
                        .withFix("run the command again; if it stays so, the server or a proxy changes files"));
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            refusal.addSuppressed(e);
        }
        return refusal;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw FileProblem.of("write", path, e);
        }
    }
}
