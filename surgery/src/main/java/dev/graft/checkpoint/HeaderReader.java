package dev.graft.checkpoint;

import dev.graft.issue.GraftException;
import dev.graft.issue.Issue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
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
    private static final int FIRST_READ = 32 * 1024;

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
        CharBuffer text = decode(file, header.position(LENGTH_BYTES).limit(LENGTH_BYTES + length));
        HeaderParser parsed = HeaderParser.parse(file.toString(), text.array(), text.limit());
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

    private static CharBuffer decode(Path file, ByteBuffer bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        CharBuffer text = CharBuffer.allocate(bytes.remaining());
        CoderResult result = decoder.decode(bytes, text, true);
        if (result.isError()) {
            int at = bytes.position();
            throw new GraftException(ForeignFormat.of(file, bytes)
                    .orElseGet(() -> Issue.error(
                            "E_HEADER_UTF8",
                            file + ": the header is not UTF-8: byte 0x" + Integer.toHexString(bytes.get(at) & 0xFF)
                                    + " at offset " + at)));
        }
        return text.flip();
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
