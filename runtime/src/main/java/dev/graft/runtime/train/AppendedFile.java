package dev.graft.runtime.train;

import dev.graft.checkpoint.AtomicFile;
import dev.graft.checkpoint.FileProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that grows record by record, each written through, so that others can read it meanwhile. */
final class AppendedFile implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;

    private AppendedFile(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Goes on behind the first {@code length} bytes; what follows them is cut off.
     *
     * @param length 0 for a new file
     */
    static AppendedFile open(Path file, long length) {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.truncate(length).position(channel.size());
            return new AppendedFile(file, channel);
        } catch (IOException e) {
            throw FileProblem.of("write", file, e);
        }
    }

    boolean isEmpty() {
        try {
            return channel.size() == 0;
        } catch (IOException e) {
            throw FileProblem.of("read", file, e);
        }
    }

    void append(byte[] bytes) {
        try {
            AtomicFile.writeFully(channel, ByteBuffer.wrap(bytes));
        } catch (IOException e) {
            throw FileProblem.of("write", file, e);
        }
    }

    /** Bytes so far, all of them on the disk. */
    long synced() {
        try {
            channel.force(true);
            return channel.size();
        } catch (IOException e) {
            throw FileProblem.of("write", file, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw FileProblem.of("write", file, e);
        }
    }
}
