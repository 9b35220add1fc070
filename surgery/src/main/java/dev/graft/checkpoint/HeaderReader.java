package dev.graft.checkpoint;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads and checks the header of one safetensors file: 8 bytes with the length n (little-endian), n bytes of JSON, then
 * the data (<a href="https://huggingface.co/docs/safetensors">format</a>). Reads the header's bytes and no others.
 */
final class HeaderReader {
    /** The format's own limit, and a whole number of 8-byte words. */
    static final int MAX_HEADER_BYTES = 100_000_000;

    private static final int LENGTH_BYTES = 8;
    private static final int FIRST_READ = 16 * 1024;

    private HeaderReader() {}

    /** @throws GraftException with every problem that was found */
    static Header read(Path file, FileChannel channel) throws IOException {
        long size = channel.size();
        ByteBuffer first = ByteBuffer.allocate((int) Math.min(size, FIRST_READ)).order(ByteOrder.LITTLE_ENDIAN);
        fill(channel, first, 0);
        int length = length(file, first, size);
        ByteBuffer header = first;
        if (LENGTH_BYTES + length > first.limit()) {
            header = ByteBuffer.allocate(LENGTH_BYTES + length)
                    .put(first.duplicate().position(0));
            fill(channel, header, first.limit());
        }
        HeaderParser parsed = parse(file, header.array(), LENGTH_BYTES + length);
        long dataStart = LENGTH_BYTES + (long) length;
        return new Header(
                parsed.metadata(), HeaderLayout.check(file, parsed.entries(), dataStart, size - dataStart), dataStart);
    }

    private static int length(Path file, ByteBuffer first, long size) {
        if (size < LENGTH_BYTES) {
            throw new GraftException(ForeignFormat.of(file, first)
                    .orElseGet(() -> Issue.error(
                                    "E_HEADER_SHORT",
                                    file + ": a safetensors file starts with 8 bytes at offset 0, this one has " + size
                                            + " bytes")
                            .withFix("the copy or the download did not finish; fetch the file again")));
        }
        long length = first.getLong(0);
        if (length < 0 || length > MAX_HEADER_BYTES) {
            throw new GraftException(ForeignFormat.of(file, first)
                    .orElseGet(() -> Issue.error(
                            "E_HEADER_SIZE",
                            file + ": the header says it has " + Long.toUnsignedString(length)
                                    + " bytes, the format's limit is " + MAX_HEADER_BYTES)));
        }
        if (LENGTH_BYTES + length > size) {
            throw new GraftException(ForeignFormat.of(file, first)
                    .orElseGet(() -> Issue.error(
                                    "E_HEADER_LENGTH",
                                    file + ": the header says it has " + length + " bytes, but only "
                                            + (size - LENGTH_BYTES) + " follow its length")
                            .withFix("the copy or the download did not finish; fetch the file again")));
        }
        return (int) length;
    }

    private static HeaderParser parse(Path file, byte[] bytes, int end) {
        try {
            return new HeaderParser(file.toString(), new JsonScanner(bytes, LENGTH_BYTES, end)).parse();
        } catch (MalformedJson e) {
            ByteBuffer header = ByteBuffer.wrap(bytes, LENGTH_BYTES, end - LENGTH_BYTES);
            if (!(e instanceof MalformedJson.NotText) && isUtf8(header)) {
                throw new GraftException(Issue.error(
                        "E_HEADER_JSON", file + ": the header is not the JSON that it must be: " + e.getMessage()));
            }
            throw new GraftException(ForeignFormat.of(file, header)
                    .orElse(Issue.error(
                            "E_HEADER_UTF8", file + ": the header is not Unicode text: " + e.getMessage())));
        }
    }

    private static boolean isUtf8(ByteBuffer bytes) {
        CharBuffer text = CharBuffer.allocate(bytes.remaining());
        return !StandardCharsets.UTF_8.newDecoder().decode(bytes, text, true).isError();
    }

    private static void fill(FileChannel channel, ByteBuffer target, long from) throws IOException {
        long at = from;
        while (target.hasRemaining()) {
            int read = channel.read(target, at);
            if (read < 0) {
                throw new IOException("the file ended at byte " + at + " while it was read");
            }
            at += read;
        }
        target.flip();
    }
}
