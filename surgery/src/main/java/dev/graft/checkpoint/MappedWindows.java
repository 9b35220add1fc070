package dev.graft.checkpoint;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file mapped in overlapping windows, so that tens of thousands of tensors don't need as many mappings (Linux allows
 * 65,530 a process). Windows start every GiB and are 2 GiB long: whatever is at most 1 GiB lies inside one.
 */
final class MappedWindows {
    private static final long STRIDE = 1L << 30;

    private final Path file;
    private final long size;
    private final Map<Long, ByteBuffer> windows = new ConcurrentHashMap<>();

    MappedWindows(Path file, long size) {
        this.file = file;
        this.size = size;
    }

    ByteBuffer bytes(long offset, int length) {
        long start = offset / STRIDE * STRIDE;
        long end = Math.min(start + Integer.MAX_VALUE, size);
        if (length == 0) {
            return ByteBuffer.allocate(0).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
        }
        if (offset + length > end) {
            return map(offset, length);
        }
        return windows.computeIfAbsent(start, from -> map(from, end - from))
                .slice((int) (offset - start), length)
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer map(long from, long length) {
        try (FileChannel channel = FileChannel.open(file)) {
            if (channel.size() < from + length) {
                throw new GraftException(Issue.error(
                        "E_CHANGED",
                        file + ": the file had " + size + " bytes when it was opened and has " + channel.size()
                                + " now"));
            }
            return channel.map(FileChannel.MapMode.READ_ONLY, from, length).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw FileProblem.of("map", file, e);
        }
    }
}
