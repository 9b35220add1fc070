package dev.graft.runtime.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.graft.checkpoint.FileProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** {@code metrics.jsonl}: one JSON object a line, written through line by line. */
final class MetricsLog implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final FileChannel channel;

    private MetricsLog(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Goes on behind the first {@code length} bytes; what follows them is cut off.
     *
     * @param length 0 for a new file
     */
    static MetricsLog open(Path file, long length) {
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.truncate(length).position(channel.size());
            return new MetricsLog(file, channel);
        } catch (IOException e) {
            throw FileProblem.of("write", file, e);
        }
    }

    /** One line: {@code kind}, then the record's fields. */
    void write(String kind, Record line) {
        try {
            ObjectNode node = JSON.createObjectNode().put("kind", kind);
            node.setAll(JSON.<ObjectNode>valueToTree(line));
            ByteBuffer bytes = ByteBuffer.wrap((JSON.writeValueAsString(node) + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
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
